import { z } from 'zod';

/** Where the next page begins: behind an entry, by its second and id. */
export interface Place {
  readonly createdAt: number;
  readonly id: string;
}

const CURSOR = /^(\d{1,15})\.([\w-]{1,100})$/;

/** The cursor that leads on behind an entry. */
export function cursorOf({ createdAt, id }: Place): string {
  return Buffer.from(`${createdAt}.${id}`, 'utf8').toString('base64url');
}

/** A cursor that an earlier page gave. */
export const cursor = z
  .string('must be given once')
  .max(256)
  .transform((text, context): Place => {
    const [, createdAt, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString('utf8')) ?? [];
    if (createdAt === undefined || id === undefined) {
      context.addIssue({ code: 'custom', message: 'must be one that an earlier page gave' });
      return z.NEVER;
    }
    return { createdAt: Number(createdAt), id };
  });

/** Entries of a page. */
export const pageLimit = z.coerce
  .number()
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(1000, 'must be at most 1000')
  .optional();
