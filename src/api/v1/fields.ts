import { z } from 'zod';
import {
  idProblem,
  isSlug,
  NAME_LENGTH,
  SLUG_PROBLEM,
  textProblem,
} from '../../common/identifiers.js';
import { isPlatformId } from '../../im/platforms.js';

const id = (description: string) =>
  z
    .string()
    .superRefine((value, context) => {
      const problem = idProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .meta({ description, minLength: 1, maxLength: 64 });

export const userId = id('User id: 1 to 64 characters, no control characters.');
export const deviceId = id(
  'The caller’s name for the device, so that its next login replaces this one.',
);

export const platformId = z
  .int('must be a whole number')
  .refine(isPlatformId, 'must be a platform id from 1 to 11')
  .meta({ description: 'OpenIM’s platform id.', minimum: 1, maximum: 11 });

export const ttlSeconds = z
  .int('must be a whole number of seconds')
  .min(1, 'must be at least 1')
  .meta({ description: 'Lifetime of the token; bounded by the settings.' });

/** Words of RFC 6749 §3.3, separated by single spaces. */
export const scope = z
  .string()
  .max(256, 'must not be longer than 256 characters')
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    'must be words separated by single spaces',
  )
  .meta({ description: 'Space-separated words; `im:connect im:renew` when absent.' });

/** Text for people: any characters but control ones. */
export const text = (max: number) =>
  z
    .string()
    .max(max, `must not be longer than ${max} characters`)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text');

/** A name for people: it must not be empty, and fit on a line. */
export const nameForPeople = z
  .string()
  .superRefine((value, context) => {
    const problem = textProblem(value, NAME_LENGTH);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ minLength: 1, maxLength: NAME_LENGTH });

const slug = (description: string) => z.string().refine(isSlug, SLUG_PROBLEM).meta({ description });

export const appId = slug('App id: lower-case letters, digits and inner hyphens.');
export const clientId = slug(
  'Client id: lower-case letters, digits and inner hyphens; unique among all apps.',
);
