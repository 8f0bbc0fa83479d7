import { expect, test } from 'vitest';
import { ControlView } from '../../../src/ledger/control-view.js';
import type { ControlLedger, ControlReading } from '../../../src/ports/control-ledger.port.js';

test('a reading of the control part that ends after a later one changes nothing any more', async () => {
  const answers: ((reading: ControlReading) => void)[] = [];
  const read = () => new Promise<ControlReading>((resolve) => answers.push(resolve));
  const view = new ControlView({ read } as unknown as ControlLedger);
  const taken: string[][] = [];
  view.onLoad(async ({ issuers }) => void taken.push([...issuers]));
  const early = view.reload();
  const late = view.reload();
  answers[1]?.(readingOf('https://new.example'));
  await late;
  answers[0]?.(readingOf('https://old.example'));
  await early;

  expect(taken).toEqual([['https://new.example']]);
  expect([view.isIssuer('https://new.example'), view.isIssuer('https://old.example')]).toEqual([
    true,
    false,
  ]);
});

function readingOf(issuer: string): ControlReading {
  const empty = { apps: [], secrets: [], keys: [], clients: [], trustedIssuers: [] };
  return { incarnation: 1, position: 1, state: { ...empty, issuers: [issuer] } };
}
