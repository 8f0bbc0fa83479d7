import { randomBytes } from 'node:crypto';

/** A prefix of keys that nobody else uses: tests share one Redis and never flush it. */
export function uniquePrefix(): string {
  return `t${randomBytes(6).toString('hex')}:`;
}
