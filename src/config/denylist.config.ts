import { z } from 'zod';
import { wholeNumber } from './setting.js';

/** What is remembered of revocations, and of what else is on record. */
export const denylistConfig = z.strictObject({
  keepRecordsSeconds: wholeNumber(
    { from: 24 * 3600, to: 10 * 365 * 24 * 3600, fallback: 365 * 24 * 3600 },
    'How long the record of a revocation is kept, and at least until no token is left that it could refuse; and an event of the audit record.',
  ),
});
