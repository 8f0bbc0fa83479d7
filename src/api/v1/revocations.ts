import { z } from 'zod';
import { deviceId, platformId, text, userId } from './fields.js';

const someId = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must not be longer than 256 characters');

const reason = text(1000);

const Target = z.discriminatedUnion(
  'type',
  [
    z
      .strictObject({
        type: z.literal('token'),
        token: z.string().min(1, 'must not be empty').optional(),
        tokenId: someId.optional(),
      })
      .refine(
        ({ token, tokenId }) => (token === undefined) !== (tokenId === undefined),
        'must have either token or tokenId',
      ),
    z.strictObject({ type: z.literal('session'), sessionId: someId }),
    z.strictObject({ type: z.literal('device'), userId, deviceId }),
    z.strictObject({ type: z.literal('platform'), userId, platformId }),
    z.strictObject({ type: z.literal('user'), userId }),
    z.strictObject({ type: z.literal('app') }),
  ],
  "must have a type: 'token', 'session', 'device', 'platform', 'user' or 'app'",
);

export type RevokeTarget = z.infer<typeof Target>;

export const RevokeBody = z.strictObject({ target: Target, reason: reason.optional() });

export const RestoreBody = z.strictObject({ reason });

const Count = z.int().nullable();

export const RevocationAnswer = z.object({
  id: z.string(),
  target: z
    .looseObject({ type: z.string() })
    .meta({ description: 'What it was aimed at; a token by its id and its user.' }),
  reason: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  affectedSessions: Count.meta({
    description: 'Sessions that it ended; null while those of a large app are being counted.',
  }),
  restoredAt: z.iso.datetime().optional(),
  restoredBy: z.string().optional(),
  restoredReason: z.string().optional(),
  restoredSessions: Count.optional(),
});

export const RevocationPage = z.object({
  revocations: z.array(RevocationAnswer),
  next: z.string().nullable().meta({ description: 'The cursor of the next page; null: none.' }),
});

export const RestorationAnswer = z.object({
  id: z.string(),
  restoredAt: z.iso.datetime(),
  restoredBy: z.string(),
  affectedSessions: Count.meta({ description: 'Sessions that work again.' }),
});
