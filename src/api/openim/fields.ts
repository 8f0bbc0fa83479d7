import { z } from 'zod';
import { idProblem } from '../../common/identifiers.js';
import { isPlatformId } from '../../im/platforms.js';

/** A user id that somebody chose: 1 to 64 characters, no control characters. */
export const userId = z.string().superRefine((id, context) => {
  const problem = idProblem(id);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** OpenIM's platform id, 1–11. */
export const platformId = z
  .int('must be a whole number')
  .refine(isPlatformId, 'must be a platform id from 1 to 11');

/** Ids in one call, at most. */
export const MAX_IDS = 1000;

export const userIds = z
  .array(userId)
  .min(1, 'must not be empty')
  .max(MAX_IDS, `must not name more than ${MAX_IDS} users`)
  .refine((ids) => new Set(ids).size === ids.length, 'must not repeat an id');
