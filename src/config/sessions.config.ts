import { z } from 'zod';
import { seconds } from './setting.js';

/** IM sessions. */
export const sessionsConfig = z.strictObject({
  maxLifetimeSeconds: seconds(
    2_592_000,
    'How long a session can be kept alive by renewals, counted from its login.',
  ),
});
