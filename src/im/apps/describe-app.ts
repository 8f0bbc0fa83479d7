import { asTime } from '../../common/clock.js';
import type { AppRow, SecretRow } from '../../ports/control-ledger.port.js';
import type { NewSecret } from './app-secrets.js';

/** An app as people are shown it, over the API and by a command. */
export function describeApp({ id, name, settings, createdAt }: AppRow) {
  return { id, name, settings, createdAt: asTime(createdAt) };
}

/** An app that was just made, with its first secret, which is shown this once. */
export function describeNewApp(app: AppRow, secret: NewSecret) {
  return { ...describeApp(app), secret: describeSecret(secret) };
}

/** A secret that was just made: it is shown this once. */
export function describeSecret({ row, secret }: NewSecret) {
  return { id: row.id, secret, scopes: row.scopes, createdAt: asTime(row.createdAt) };
}

/** What may be known of a secret later. */
export function describeKeptSecret({ id, scopes, createdAt, withdrawnAt }: SecretRow) {
  const withdrawn = withdrawnAt === null ? null : asTime(withdrawnAt);
  return { id, scopes, createdAt: asTime(createdAt), withdrawnAt: withdrawn };
}
