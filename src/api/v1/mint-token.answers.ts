import { z } from 'zod';

const Time = z.iso.datetime().meta({ description: 'RFC 3339.' });
const Device = z.string().nullable().meta({ description: 'Null where the mint named no device.' });

const Kicked = z.object({ sessionId: z.string(), platformId: z.int(), deviceId: Device });

export const MintAnswer = z.object({
  token: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().meta({ description: 'Seconds.' }),
  expiresAt: Time,
  sessionId: z.string(),
  userId: z.string(),
  platformId: z.int(),
  deviceId: Device,
  kicked: z.array(Kicked).meta({ description: 'Sessions that this login ended.' }),
});

export const BatchAnswer = z.object({
  results: z
    .array(
      z.union([
        MintAnswer.extend({ ok: z.literal(true) }),
        z.object({
          ok: z.literal(false),
          error: z.object({ code: z.string(), detail: z.string() }),
        }),
      ]),
    )
    .meta({ description: 'In the order of the requests.' }),
});
