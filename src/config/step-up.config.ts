import { z } from 'zod';
import { seconds } from './setting.js';

/** Fresh proof for dangerous calls (RFC 9470). */
export const stepUpConfig = z.strictObject({
  maxAgeSeconds: seconds(
    300,
    'How long ago the secret or person behind a token may have been proven, for dangerous calls.',
  ),
});
