import { openBroker } from '../house.js';
import { makeSecrets, type RunningBroker } from './broker.js';
import type { Endings } from './endings.js';
import { Load } from './load.js';
import type { StoreUrls } from './storage.js';

/** A broker or two on stores of their own, and a load that is signed in to them. */
export interface Installation {
  readonly first: RunningBroker;
  /** Another broker on the same stores; the same one where only one was asked for. */
  readonly other: RunningBroker;
  readonly appSecret: string;
  readonly load: Load;
}

export async function openInstallation(
  urls: StoreUrls,
  brokers: 1 | 2,
  endings: Endings,
  cpuProfile?: string,
): Promise<Installation> {
  const secrets = makeSecrets();
  const first = await openBroker(secrets, urls, endings, cpuProfile);
  const other = brokers === 1 ? first : await openBroker(secrets, urls, endings, undefined);
  return {
    first,
    other,
    appSecret: secrets.appSecret,
    load: await signedInLoad(secrets, first, endings),
  };
}

/** One more load, with tokens of its own. */
export async function signedInLoad(
  { appSecret }: Pick<Installation, 'appSecret'>,
  { host }: RunningBroker,
  endings: Endings,
): Promise<Load> {
  const load = await Load.start(endings);
  await load.signIn({ host, secret: appSecret });
  return load;
}
