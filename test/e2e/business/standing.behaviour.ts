import { beforeAll, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker.js';
import type { BusinessCaller } from '../../../src/business-auth/tokens/business-caller.js';
import { AuthenticatorApp } from '../../support/authenticator-app.js';
import { NEW_PASSWORD, PASSWORD } from '../../support/broker-business.js';
import { asOperator } from '../../support/operator.js';
import { addTotp, type BusinessSetting, newPerson } from './business-setting.js';

type Call = (broker: Broker, caller: BusinessCaller) => Promise<unknown>;

/** The second factor that the person has before. */
type Before = 'nothing' | 'an app';

const ADDRESS = '192.0.2.1';

/** Calls whose caller was checked a moment before their transaction. */
const CALLS: readonly [name: string, before: Before, call: Call][] = [
  [
    'a changed password',
    'nothing',
    (broker, caller) => broker.changePassword.change(caller, PASSWORD, NEW_PASSWORD, ADDRESS),
  ],
  [
    'a step-up',
    'nothing',
    (broker, caller) => broker.stepUp.stepUp(caller, { password: PASSWORD }, ADDRESS),
  ],
  ['an offered app', 'nothing', (broker, caller) => broker.totpEnrolment.begin(caller)],
  ['an app taken away', 'an app', (broker, caller) => broker.totpEnrolment.remove(caller)],
  ['a passkey taken away', 'nothing', (broker, caller) => broker.passkeys.remove(caller, 'some')],
];

/**
 * The interleaving that a race can hit, forced: a caller is checked, then their session ends on
 * another broker, then the call goes on.
 */
export function standingBehaviour(setting: BusinessSetting): void {
  let ends: readonly [name: string, code: string, end: (person: Checked) => Promise<unknown>][];

  interface Checked {
    readonly username: string;
    readonly accessToken: string;
    readonly accountId: string;
  }

  const checked = async (before: Before) => {
    const { web, fleet } = setting();
    const { username, tokens } = await newPerson(web);
    const { userId: accountId } = tokens;
    let { accessToken } = tokens;
    if (before === 'an app') {
      const { app } = await addTotp(web, tokens);
      accessToken = await web.stepUp(accessToken, { code: await app.next() });
    }
    return { fleet, person: { username, accessToken, accountId } };
  };

  beforeAll(() => {
    ends = [
      [
        'logged out everywhere',
        'token_business_session_ended',
        async ({ accessToken }) => {
          const answer = await setting().elsewhere.logOutAll(accessToken);
          expect(answer.status).toBe(204);
        },
      ],
      [
        'disabled',
        'token_business_session_ended',
        ({ accountId }) =>
          asOperator(setting().fleet, ({ manageAccounts }) =>
            manageAccounts.disable({ appId: 'default', accountId }, 'test'),
          ),
      ],
    ];
  });

  test.each(CALLS)('%s does not come after the end of its session', async (_, before, call) => {
    for (const [how, code, end] of ends) {
      const { fleet, person } = await checked(before);
      await asOperator(fleet, async (broker) => {
        const caller = await broker.checkAccessToken.check(person.accessToken);
        await end(person);
        await expect(call(broker, caller), how).rejects.toMatchObject({ code });
      });
    }
  });

  test('an app that was offered is not taken into use after it either', async () => {
    const { web, elsewhere, fleet } = setting();
    const { tokens } = await newPerson(web);
    const app = new AuthenticatorApp(await web.offerTotp(tokens.accessToken));
    await asOperator(fleet, async (broker) => {
      const caller = await broker.checkAccessToken.check(tokens.accessToken);
      await elsewhere.logOutAll(tokens.accessToken);
      await expect(
        broker.totpEnrolment.confirm(caller, await app.next(), ADDRESS),
      ).rejects.toMatchObject({
        code: 'token_business_session_ended',
      });
    });
  });

  test.each(CALLS.filter(([, before]) => before === 'nothing'))(
    '%s does not come after a second factor that was added meanwhile',
    async (_, __, call) => {
      const { web, elsewhere, fleet } = setting();
      const { tokens } = await newPerson(web);
      await asOperator(fleet, async (broker) => {
        const caller = await broker.checkAccessToken.check(tokens.accessToken);
        await addTotp(elsewhere, tokens);
        await expect(call(broker, caller)).rejects.toMatchObject({ code: 'invalid_login' });
      });
    },
  );
}
