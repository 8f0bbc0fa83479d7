import { z } from 'zod';
import type { SessionTokens } from '../../../business-auth/login/admit-login.js';
import { emailProblem } from '../../../business-auth/names/email.js';
import { phoneProblem } from '../../../business-auth/names/phone.js';
import { usernameProblem } from '../../../business-auth/names/username.js';
import { deviceId as ofDevice, text } from '../fields.js';

const checked = (max: number, problemOf: (value: string) => string | undefined) =>
  z
    .string()
    .max(max, `must not be longer than ${max} characters`)
    .superRefine((value, context) => {
      const problem = problemOf(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    });

/** A username that somebody wants to have. */
export const newUsername = checked(64, usernameProblem).meta({
  description: 'Unique within the app, whatever its case; look-alikes of a taken name are taken.',
});

/** A username that somebody says is theirs: whatever is wrong with it, there is no such account. */
export const username = text(256).min(1, 'must not be empty');

export const email = checked(254, emailProblem);
export const phone = checked(32, phoneProblem).meta({ description: 'E.164, as +4930123456.' });

export const password = text(1024).min(1, 'must not be empty');

export const deviceId = ofDevice.meta({
  description:
    'The caller’s name for the device: not guessable, the same at each login. User tokens got with the session are of it unless another is named.',
});

export const clientId = z
  .string()
  .min(1, 'must not be empty')
  .max(64, 'must not be longer than 64 characters');
export const clientSecret = z.string().max(256, 'must not be longer than 256 characters');

/** A code as a person types it. */
export const code = z
  .string()
  .min(1, 'must not be empty')
  .max(64, 'must not be longer than 64 characters');

/** A token of ours that is no JWT. */
export const opaqueToken = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must not be longer than 256 characters');

/** What `navigator.credentials.get` or `.create` came to, as JSON (WebAuthn §5.1.9). */
export const credential = z
  .looseObject({
    id: z.string().min(1).max(2048),
    response: z.looseObject({}),
    type: z.literal('public-key'),
  })
  .meta({ description: 'What the browser’s authenticator answered, by its toJSON().' });

/** What a browser needs to ask an authenticator. */
export const PasskeyChallengeAnswer = z.object({
  passkeyToken: z.string(),
  options: z.looseObject({}).meta({ description: 'Public key options, as JSON.' }),
});

export const TokensAnswer = z.object({
  accessToken: z.string(),
  tokenType: z.enum(['Bearer', 'DPoP']),
  expiresIn: z.int().meta({ description: 'Seconds until the access token expires.' }),
  refreshToken: z
    .string()
    .meta({ description: 'Works once; its successor comes with the answer.' }),
  sessionId: z.string(),
  userId: z.string(),
});

export function tokensAnswerOf(tokens: SessionTokens): z.infer<typeof TokensAnswer> {
  const { accountId, session, accessToken, expiresIn, refreshToken } = tokens;
  const tokenType = session.jkt === '' ? 'Bearer' : 'DPoP';
  const sessionId = session.id;
  return { accessToken, tokenType, expiresIn, refreshToken, sessionId, userId: accountId };
}
