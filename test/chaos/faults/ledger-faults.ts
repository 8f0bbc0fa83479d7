import type { Fault } from './fault.js';

const REALMS = ['ledger'] as const;

/** PostgreSQL is restarted as an operator does it. */
export const ledgerRestarted: Fault = {
  name: 'ledger-restarted',
  realms: REALMS,
  aim: ({ postgres }) => ({
    strike: () => postgres.shutDown(),
    heal: () => postgres.startAgain(),
  }),
};

/** All of PostgreSQL's processes are killed; it comes back by crash recovery. */
export const ledgerCrashed: Fault = {
  name: 'ledger-crashed',
  realms: REALMS,
  aim: ({ postgres }) => ({
    strike: () => postgres.kill(),
    heal: () => postgres.startAgain(),
  }),
};

/** All of PostgreSQL's processes hang for some seconds: connections stay open, nothing is answered. */
export const ledgerHung: Fault = {
  name: 'ledger-hung',
  realms: REALMS,
  aim: ({ postgres }, random) => ({
    holdMs: random.between(2000, 8000),
    strike: () => postgres.signal('SIGSTOP'),
    heal: () => postgres.signal('SIGCONT'),
  }),
};
