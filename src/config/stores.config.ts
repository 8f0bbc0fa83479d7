import { z } from 'zod';
import { settingNotes } from './setting.js';

const SENTINELS =
  /^redis\+sentinel:\/\/(?:[^@/\s]+@)?[^,/@\s]+:\d{1,5}(?:,[^,/@\s]+:\d{1,5})*\/[\w.-]+$/;

function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text);
}

function isRedisUrl(text: string): boolean {
  if (text.startsWith('redis+sentinel:')) return SENTINELS.test(text);
  const parts = text.split(',').map((part) => part.trim());
  const scheme = parts[0]?.startsWith('rediss:') === true ? 'rediss:' : 'redis:';
  return parts.every((part) => {
    const url = URL.parse(part);
    return url !== null && url.protocol === scheme && url.hostname !== '';
  });
}

/** The servers that make up the cluster profile. Their URLs may hold passwords. */
export const storesConfig = z.strictObject({
  databaseUrl: z
    .string()
    .refine(isDatabaseUrl)
    .optional()
    .describe('The PostgreSQL that holds the ledger. Set together with `REDIS_URL`, or not at all.')
    .register(settingNotes, {
      kind: 'text',
      env: 'DATABASE_URL',
      secret: true,
      allowed: 'a URL like postgres://user:password@host:5432/database',
      whenAbsent: 'SQLite in `DATA_DIR`',
    }),
  redisUrl: z
    .string()
    .refine(isRedisUrl)
    .optional()
    .describe(
      'The Redis that holds live state; several URLs, separated by commas, are the nodes of a Redis Cluster. Set together with `DATABASE_URL`, or not at all.',
    )
    .register(settingNotes, {
      kind: 'text',
      env: 'REDIS_URL',
      secret: true,
      allowed:
        'a URL like redis://host:6379 or rediss://host:6379, several of one kind separated by commas, or redis+sentinel://host:26379,host:26379/name',
      whenAbsent: 'memory',
    }),
});
