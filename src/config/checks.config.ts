import { z } from 'zod';
import { wholeNumber } from './setting.js';

/** How tokens are checked, and what is remembered for it. */
export const checksConfig = z.strictObject({
  ledgerGraceSeconds: wholeNumber(
    { from: 0, to: 3600, fallback: 10 },
    'How long checks go on from believed copies while the ledger cannot be read and every change event is heard; 0 is strict.',
  ),
  windowSeconds: wholeNumber(
    { from: 1, to: 86_400, fallback: 900 },
    'How much of the feed is remembered, and how long copies of users are kept.',
  ),
  verifiedTokensMax: wholeNumber(
    { from: 1, to: 10_000_000, fallback: 100_000 },
    'How many tokens a broker remembers to have verified the signature of.',
  ),
  copiesMax: wholeNumber(
    { from: 1, to: 10_000_000, fallback: 200_000 },
    "How many copies of users are kept in a broker's own memory.",
  ),
});
