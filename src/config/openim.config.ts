import { z } from 'zod';
import { seconds } from './setting.js';

/** What is particular to callers that speak OpenIM. */
export const openimConfig = z.strictObject({
  userTtlSeconds: seconds(
    604_800,
    "Lifetime of a user token minted over OpenIM's calls: its SDKs cannot renew.",
  ),
});
