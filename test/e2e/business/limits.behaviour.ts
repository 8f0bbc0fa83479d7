import { describe, expect, test } from 'vitest';
import { NEW_PASSWORD, PASSWORD, type BusinessClient } from '../../support/broker-business.js';
import { type Answer, send } from '../../support/broker-http.js';
import { problemOf } from '../../support/broker-native.js';
import { addTotp, type BusinessSetting, newName, newPerson } from './business-setting.js';

/** Tries that a test of this folder is let through: few, so that tests are short. */
export const ATTEMPTS = 5;
export const PER_ADDRESS = 40;
/** Of proofs of people who are known already. */
const PROOFS_PER_ADDRESS = 8;

export const LIMITS = {
  COUNTERSIGN_HTTP__TRUSTED_PROXIES: '127.0.0.1',
  COUNTERSIGN_RATE_LIMITS__ENABLED: 'true',
  COUNTERSIGN_RATE_LIMITS__LOGIN_PER_ACCOUNT__ATTEMPTS: String(ATTEMPTS),
  COUNTERSIGN_RATE_LIMITS__LOGIN_PER_ADDRESS__ATTEMPTS: String(PER_ADDRESS),
  COUNTERSIGN_RATE_LIMITS__REGISTER_PER_ADDRESS__ATTEMPTS: String(PER_ADDRESS),
  COUNTERSIGN_RATE_LIMITS__SECOND_FACTOR_PER_ACCOUNT__ATTEMPTS: String(ATTEMPTS),
  COUNTERSIGN_RATE_LIMITS__STEP_UP_PER_ACCOUNT__ATTEMPTS: String(ATTEMPTS),
  COUNTERSIGN_RATE_LIMITS__SECOND_FACTOR_PER_ADDRESS__ATTEMPTS: String(PROOFS_PER_ADDRESS),
  COUNTERSIGN_RATE_LIMITS__STEP_UP_PER_ADDRESS__ATTEMPTS: String(PROOFS_PER_ADDRESS),
  COUNTERSIGN_RATE_LIMITS__PASSKEY_PER_ADDRESS__ATTEMPTS: String(PER_ADDRESS),
  COUNTERSIGN_RATE_LIMITS__RECOVERY_PER_ACCOUNT__ATTEMPTS: String(ATTEMPTS),
  COUNTERSIGN_RATE_LIMITS__RECOVERY_PER_ADDRESS__ATTEMPTS: String(PER_ADDRESS),
};

let addresses = 1;

/** An address that nobody has called from. */
export function newAddress(): string {
  addresses += 1;
  return `198.51.100.${addresses}`;
}

export function limitsBehaviour(setting: BusinessSetting): void {
  /** The client at each broker, from an address of their own. */
  const callers = (address = newAddress()): [BusinessClient, BusinessClient] => {
    const { web, elsewhere } = setting();
    return [web.from(address), elsewhere.from(address)];
  };

  const expectLimited = (answer: Answer, name: string, attempts: number, seconds: number): void => {
    expect(problemOf(answer)).toMatchObject({ status: 429, code: 'rate_limited' });
    const { headers } = answer;
    expect(headers['ratelimit-policy']).toBe(`"${name}";q=${attempts};w=${seconds}`);
    const [, left = ''] = /^"(?:\w+)";r=0;t=(\d+)$/.exec(String(headers['ratelimit'])) ?? [];
    expect(Number(left)).toBeGreaterThan(seconds - 60);
    expect(Number(left)).toBeLessThanOrEqual(seconds);
    expect(headers['retry-after']).toBe(left);
  };

  test('failed logins for one name are limited over all brokers, right ones then, too', async () => {
    const [first, other] = callers();
    const { username } = await newPerson(first);
    for (let n = 0; n < ATTEMPTS; n += 1) {
      const client = n % 2 === 0 ? first : other;
      const answer = await client.sendLogin({ username, password: 'wrong' });
      expect(problemOf(answer).code).toBe('invalid_login');
      expect(answer.headers['ratelimit']).toBeUndefined();
    }
    for (const client of [first, other]) {
      for (const password of ['wrong', PASSWORD]) {
        const answer = await client.sendLogin({ username, password });
        expectLimited(answer, 'loginPerAccount', ATTEMPTS, 900);
      }
    }
    // However the name is written, and from wherever.
    const [elsewhere] = callers();
    const loud = await elsewhere.sendLogin({
      username: username.toUpperCase(),
      password: PASSWORD,
    });
    expect(loud.status).toBe(429);
    // Nobody else.
    const { username: another } = await newPerson(first);
    expect((await other.sendLogin({ username: another, password: PASSWORD })).status).toBe(200);
  });

  test('a name that nobody has is limited in the same words', async () => {
    const [first, other] = callers();
    const { username } = await newPerson(first);
    const texts = [];
    for (const name of [username, newName('nobody')]) {
      const answers: Answer[] = [];
      for (let n = 0; n <= ATTEMPTS; n += 1) {
        answers.push(
          await (n % 2 === 0 ? first : other).sendLogin({ username: name, password: 'x' }),
        );
      }
      texts.push(
        answers.map(({ status, text, headers }) => [
          status,
          text.replaceAll(/\d{3}/g, '…'),
          headers['ratelimit-policy'],
        ]),
      );
    }
    expect(texts[1]).toEqual(texts[0]);
  });

  test('of thirty tries at once no more are made than are let through', async () => {
    const { username } = await newPerson(callers()[0]);
    const clients = callers();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        clients[n % 2]!.sendLogin({ username, password: `wrong ${n}` }),
      ),
    );
    const codes = answers.map((answer) => problemOf(answer).code);
    expect(codes.filter((code) => code === 'invalid_login')).toHaveLength(ATTEMPTS);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(30 - ATTEMPTS);
  });

  test('right logins are not counted', async () => {
    const [first, other] = callers();
    const { username } = await newPerson(first);
    for (let n = 0; n < PER_ADDRESS + ATTEMPTS; n += 1) {
      await (n % 2 === 0 ? first : other).logIn({ username, password: PASSWORD });
    }
    expect((await first.sendLogin({ username, password: 'wrong' })).status).toBe(401);
  });

  test('a flood from one device does not lock the owner out of one that is known', async () => {
    const [owner, roaming] = callers();
    const { username } = await newPerson(owner);
    const home = { username, password: PASSWORD, deviceId: 'home' };
    await owner.logIn(home);

    const [attacker, ally] = callers();
    for (let n = 0; n < 3 * ATTEMPTS; n += 1) {
      const guess = { username, password: `guess ${n}`, deviceId: `bot ${n % 2}` };
      await (n % 2 === 0 ? attacker : ally).sendLogin(guess);
    }
    expect((await attacker.sendLogin({ username, password: PASSWORD })).status).toBe(429);

    for (const client of [owner, roaming]) expect((await client.sendLogin(home)).status).toBe(200);
    // Of a device that others only claim to have there is a limit, too, but not the owner's.
    const fake = { ...home, deviceId: 'a new one' };
    expect((await owner.sendLogin(fake)).status).toBe(429);
    for (let n = 0; n < ATTEMPTS; n += 1) await attacker.sendLogin({ ...home, password: 'wrong' });
    expectLimited(await roaming.sendLogin(home), 'loginPerAccount', ATTEMPTS, 900);
  });

  test('one address is limited, whatever names it tries and whoever it says it is', async () => {
    const { fleet } = setting();
    const address = newAddress();
    const [first, other] = callers(address);
    let refused: Answer | undefined;
    for (let n = 0; n <= PER_ADDRESS && refused === undefined; n += 1) {
      const client = n % 2 === 0 ? first : other;
      const answer = await client.sendLogin({ username: newName('spray'), password: PASSWORD });
      if (answer.status !== 401) refused = answer;
    }
    expectLimited(refused!, 'loginPerAddress', PER_ADDRESS, 900);
    const [elsewhere] = callers();
    const { username } = await newPerson(elsewhere);
    const person = { username, password: PASSWORD };
    expect((await first.sendLogin(person)).status).toBe(429);
    expect((await elsewhere.sendLogin(person)).status).toBe(200);

    const spoofed: Readonly<Record<string, string>>[] = [
      { 'X-Forwarded-For': `203.0.113.7, ${address}` },
      { 'X-Forwarded-For': address, Forwarded: 'for=203.0.113.7' },
      { 'X-Forwarded-For': address, 'X-Real-IP': '203.0.113.7' },
    ];
    for (const headers of spoofed) {
      const answer = await send(`${fleet.first.url}/v1/auth/login`, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body: { ...person, clientId: 'web' },
      });
      expect(answer.status).toBe(429);
    }
  });

  test('registrations from one address are limited', async () => {
    const [first, other] = callers();
    let refused: Answer | undefined;
    for (let n = 0; n <= PER_ADDRESS && refused === undefined; n += 1) {
      const registration = { username: newName('many'), password: PASSWORD };
      const answer = await (n % 2 === 0 ? first : other).sendRegistration(registration);
      if (answer.status !== 201) refused = answer;
    }
    expectLimited(refused!, 'registerPerAddress', PER_ADDRESS, 3600);
  });

  /** A person with an app, whose login is begun. */
  const begunLogin = async (client: BusinessClient) => {
    const { username, tokens } = await newPerson(client);
    const { app } = await addTotp(client, tokens);
    return { app, begun: await client.firstStep({ username, password: PASSWORD }) };
  };

  test('logins by passkey are limited per address, and beginning them, too', async () => {
    const [first, other] = callers();
    for (let n = 0; n < PER_ADDRESS; n += 1) {
      const client = n % 2 === 0 ? first : other;
      expect((await client.sendPasskeyStart()).status).toBe(200);
      expect(problemOf(await client.sendPasskey('pk_none')).code).toBe('invalid_ticket');
    }
    expectLimited(await other.sendPasskeyStart(), 'passkeyPerAddress', PER_ADDRESS, 900);
    expectLimited(await other.sendPasskey('pk_none'), 'loginPerAddress', PER_ADDRESS, 900);
  });

  describe('of somebody whose password is known', () => {
    test('second factors are limited over all logins, the right one then, too', async () => {
      const [first, other] = callers();
      const { username, tokens } = await newPerson(first);
      const { app, recoveryCodes } = await addTotp(first, tokens);
      const person = { username, password: PASSWORD };
      for (let n = 0; n < ATTEMPTS; n += 1) {
        const { mfaToken } = await first.firstStep(person);
        const answer = await (n % 2 === 0 ? first : other).sendSecondStep(mfaToken, app.wrong);
        expect(problemOf(answer).code).toBe('invalid_code');
      }
      const { mfaToken } = await other.firstStep(person);
      const right = await first.sendSecondStep(mfaToken, await app.next());
      expectLimited(right, 'secondFactorPerAccount', ATTEMPTS, 900);
      const code = await other.sendSecondStep(mfaToken, recoveryCodes[0]!, 'recovery_code');
      expect(code.status).toBe(429);
      // Their sessions go on.
      expect((await other.sendRefresh(tokens.refreshToken)).status).toBe(200);
    });

    test('they are limited per address, whosever they are', async () => {
      const [guesser, ally] = callers();
      const [home] = callers();
      for (let n = 0; n < PROOFS_PER_ADDRESS; n += 1) {
        const { app, begun } = await begunLogin(home);
        const client = n % 2 === 0 ? guesser : ally;
        const answer = await client.sendSecondStep(begun.mfaToken, app.wrong);
        expect(problemOf(answer).code).toBe('invalid_code');
      }
      const { app, begun } = await begunLogin(home);
      const refused = await ally.sendSecondStep(begun.mfaToken, await app.next());
      expectLimited(refused, 'secondFactorPerAddress', PROOFS_PER_ADDRESS, 900);
      await home.secondStep(begun.mfaToken, await app.next());
    });

    test('a flood does not shut the owner out on a device that is known', async () => {
      const [owner, roaming] = callers();
      const { username, tokens } = await newPerson(owner);
      const home = { username, password: PASSWORD, deviceId: 'home' };
      await owner.logIn(home);
      const { app } = await addTotp(owner, tokens);
      const [attacker] = callers();
      for (let n = 0; n < ATTEMPTS; n += 1) {
        const { mfaToken } = await attacker.firstStep({ username, password: PASSWORD });
        await attacker.sendSecondStep(mfaToken, app.wrong);
      }
      const elsewhere = await roaming.firstStep({ username, password: PASSWORD });
      const refused = await roaming.sendSecondStep(elsewhere.mfaToken, await app.next());
      expectLimited(refused, 'secondFactorPerAccount', ATTEMPTS, 900);

      const { mfaToken } = await roaming.firstStep(home);
      await roaming.secondStep(mfaToken, await app.next());
    });

    test('right second factors are not counted', async () => {
      const [first, other] = callers();
      const { username, tokens } = await newPerson(first);
      const { recoveryCodes } = await addTotp(first, tokens);
      for (const code of recoveryCodes) {
        const { mfaToken } = await first.firstStep({ username, password: PASSWORD });
        await other.secondStep(mfaToken, code, 'recovery_code');
      }
      expect(recoveryCodes.length).toBeGreaterThan(ATTEMPTS);
    });
  });

  test('step-ups and changes of the password share a limit', async () => {
    const [first, other] = callers();
    const { tokens } = await newPerson(first);
    const { accessToken } = tokens;
    for (let n = 0; n < ATTEMPTS; n += 1) {
      const answer =
        n % 2 === 0
          ? await first.sendStepUp(accessToken, { password: 'wrong' })
          : await other.sendPassword(accessToken, 'wrong', NEW_PASSWORD);
      expect(problemOf(answer).code).toBe('invalid_login');
    }
    const stepUp = await other.sendStepUp(accessToken, { password: PASSWORD });
    expectLimited(stepUp, 'stepUpPerAccount', ATTEMPTS, 900);
    const change = await first.sendPassword(accessToken, PASSWORD, NEW_PASSWORD);
    expectLimited(change, 'stepUpPerAccount', ATTEMPTS, 900);
    expect((await first.logOutAll(accessToken)).status).toBe(204);
  });

  test('step-ups are limited per address, whosever they are', async () => {
    const [guesser, ally] = callers();
    const [home] = callers();
    const victims = await Promise.all(Array.from({ length: 3 }, () => newPerson(home)));
    const tokenOf = (n: number) => victims[n % victims.length]!.tokens.accessToken;
    for (let n = 0; n < PROOFS_PER_ADDRESS; n += 1) {
      const client = n % 2 === 0 ? guesser : ally;
      const answer = await client.sendStepUp(tokenOf(n), { password: 'wrong' });
      expect(problemOf(answer).code).toBe('invalid_login');
    }
    const refused = await ally.sendStepUp(tokenOf(0), { password: PASSWORD });
    expectLimited(refused, 'stepUpPerAddress', PROOFS_PER_ADDRESS, 900);
    await home.stepUp(tokenOf(0), { password: PASSWORD });
  });

  test('a stolen session does not block step-ups on a device that is known', async () => {
    const [owner, thief] = callers();
    const { username, tokens } = await newPerson(owner);
    const home = await owner.logIn({ username, password: PASSWORD, deviceId: 'home' });
    for (let n = 0; n < ATTEMPTS; n += 1) {
      await thief.sendStepUp(tokens.accessToken, { password: 'wrong' });
    }
    const blocked = await owner.sendStepUp(tokens.accessToken, { password: PASSWORD });
    expectLimited(blocked, 'stepUpPerAccount', ATTEMPTS, 900);
    await owner.stepUp(home.accessToken, { password: PASSWORD });
  });

  test('the addresses of one IPv6 network are one', async () => {
    const statuses = [];
    for (let n = 0; n <= PER_ADDRESS; n += 1) {
      const [client] = callers(`2001:db8:0:7::${n.toString(16)}`);
      const guess = { username: newName('spray'), password: PASSWORD };
      statuses.push((await client.sendLogin(guess)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.filter((status) => status === 401)).toHaveLength(PER_ADDRESS);
    const [next] = callers('2001:db8:0:8::1');
    expect((await next.sendLogin({ username: newName(), password: PASSWORD })).status).toBe(401);
  });

  test('recoveries are limited per name, be it anybody’s or not, and per address', async () => {
    const [first, other] = callers();
    const { username } = await newPerson(first);
    for (const name of [username, newName('nobody')]) {
      for (let n = 0; n < ATTEMPTS; n += 1) {
        const answer = await (n % 2 === 0 ? first : other).sendRecovery({ username: name });
        expect(answer.status).toBe(202);
      }
      const refused = await other.sendRecovery({ username: name });
      expectLimited(refused, 'recoveryPerAccount', ATTEMPTS, 3600);
    }
    const [flooding] = callers();
    for (let n = 0; n < PER_ADDRESS; n += 1) {
      const answer = await flooding.completeRecovery('rec_nothing', '12345678', NEW_PASSWORD);
      expect(problemOf(answer).code).toBe('invalid_code');
    }
    const late = await flooding.completeRecovery('rec_nothing', '12345678', NEW_PASSWORD);
    expectLimited(late, 'recoveryPerAddress', PER_ADDRESS, 3600);
  });
}
