import { accessSync, constants } from 'node:fs';
import type { SettingValues } from './config.js';

/** What rules judge: all settings, and where they are used. */
export interface RuleInput {
  readonly values: SettingValues;
  readonly environment: string;
}

/** Something that settings must be together. */
export interface Rule {
  /** The settings it looks at: if one of them is wrong by itself, the rule is not asked. */
  readonly of: readonly string[];
  /** What is wrong; nothing if all is well. Never tells a secret. */
  broken(input: RuleInput): readonly (string | false)[];
}

function unreadable(name: string, file: string | undefined): string | false {
  if (file === undefined) return false;
  try {
    accessSync(file, constants.R_OK);
    return false;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return `${name} is ${JSON.stringify(file)}: allowed is the path of a readable file, but that can't be read (${code})`;
  }
}

const lifetimes: Rule = {
  of: [
    'tokens.userTtlSeconds',
    'tokens.maxUserTtlSeconds',
    'tokens.roleTtlSeconds',
    'openim.userTtlSeconds',
  ],
  broken({ values: { tokens, openim } }) {
    const max = tokens.maxUserTtlSeconds;
    const lives: [string, number][] = [
      ['tokens.userTtlSeconds', tokens.userTtlSeconds],
      ['openim.userTtlSeconds', openim.userTtlSeconds],
    ];
    for (const [role, ttl] of Object.entries(tokens.roleTtlSeconds)) {
      lives.push([`tokens.roleTtlSeconds of the role ${JSON.stringify(role)}`, ttl]);
    }
    return lives.map(
      ([name, ttl]) =>
        ttl > max &&
        `${name} is ${ttl}: allowed is at most tokens.maxUserTtlSeconds, which is ${max} (${ttl} - ${max} = ${ttl - max} too many)`,
    );
  },
};

const businessLifetimes: Rule = {
  of: ['businessAuth.accessTtlSeconds', 'businessAuth.refreshTtlSeconds'],
  broken({ values: { businessAuth } }) {
    const { accessTtlSeconds: access, refreshTtlSeconds: refresh } = businessAuth;
    return [
      access > refresh &&
        `businessAuth.refreshTtlSeconds is ${refresh}: allowed is at least businessAuth.accessTtlSeconds, which is ${access}, because no access token outlives its session (${access} - ${refresh} = ${access - refresh} too few)`,
    ];
  },
};

const passkeyOrigins: Rule = {
  of: ['businessAuth.passkeyOrigins'],
  broken({ values: { businessAuth } }) {
    const [first, ...others] = businessAuth.passkeyOrigins.map((text) => new URL(text).hostname);
    return others.map(
      (host) =>
        host !== first &&
        !host.endsWith(`.${first}`) &&
        `businessAuth.passkeyOrigins has an origin of ${host}: allowed are origins of ${first}, the first one's host, and below it, because passkeys belong to one domain`,
    );
  },
};

const sessionLifetime: Rule = {
  of: ['tokens.maxUserTtlSeconds', 'sessions.maxLifetimeSeconds'],
  broken({ values: { tokens, sessions } }) {
    const [ttl, max] = [tokens.maxUserTtlSeconds, sessions.maxLifetimeSeconds];
    return [
      ttl > max &&
        `tokens.maxUserTtlSeconds is ${ttl}: allowed is at most sessions.maxLifetimeSeconds, which is ${max}, because no token outlives its session (${ttl} - ${max} = ${ttl - max} too many)`,
    ];
  },
};

const grace: Rule = {
  of: ['checks.ledgerGraceSeconds', 'checks.windowSeconds'],
  broken({ values: { checks } }) {
    const [wanted, window] = [checks.ledgerGraceSeconds, checks.windowSeconds];
    return [
      wanted > window &&
        `checks.ledgerGraceSeconds is ${wanted}: allowed is at most checks.windowSeconds, which is ${window}, because copies are kept no longer (${wanted} - ${window} = ${wanted - window} too many)`,
    ];
  },
};

/** As many keys as a JWKS may come to hold: about 70 kB. */
const MOST_KEYS = 400;

const rotation: Rule = {
  of: [
    'keys.rotationIntervalSeconds',
    'keys.prepublishSeconds',
    'tokens.maxUserTtlSeconds',
    'tokens.adminTtlSeconds',
    'businessAuth.accessTtlSeconds',
  ],
  broken({ values: { keys, tokens, businessAuth } }) {
    const { rotationIntervalSeconds: interval, prepublishSeconds: ahead } = keys;
    const longest = Math.max(
      tokens.maxUserTtlSeconds,
      tokens.adminTtlSeconds,
      businessAuth.accessTtlSeconds,
    );
    const live = Math.ceil(longest / interval) + 2;
    return [
      ahead > interval &&
        `keys.prepublishSeconds is ${ahead}: allowed is at most keys.rotationIntervalSeconds, which is ${interval}, because a key is published when the one ahead of it begins to sign (${ahead} - ${interval} = ${ahead - interval} too many)`,
      live > MOST_KEYS &&
        `keys.rotationIntervalSeconds is ${interval}: tokens may live for ${longest} seconds (tokens.maxUserTtlSeconds, tokens.adminTtlSeconds, businessAuth.accessTtlSeconds), and every key is kept as long as its tokens live, so up to ${live} keys would be kept (${longest} / ${interval} + 2): allowed are at most ${MOST_KEYS}, so an interval of at least ${Math.ceil(longest / (MOST_KEYS - 2))}`,
    ];
  },
};

const tlsFiles: Rule = {
  of: ['http.tls.certFile', 'http.tls.keyFile'],
  broken({ values }) {
    const { certFile, keyFile } = values.http.tls;
    const [given, missing] =
      certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
    return [
      (certFile === undefined) !== (keyFile === undefined) &&
        `http.tls.${missing} is not set, but http.tls.${given} is: allowed are both or neither`,
      unreadable('http.tls.certFile', certFile),
      unreadable('http.tls.keyFile', keyFile),
    ];
  },
};

const stores: Rule = {
  of: ['stores.databaseUrl', 'stores.redisUrl'],
  broken({ values }) {
    const { databaseUrl, redisUrl } = values.stores;
    const [given, missing] =
      databaseUrl === undefined ? ['REDIS_URL', 'DATABASE_URL'] : ['DATABASE_URL', 'REDIS_URL'];
    return [
      (databaseUrl === undefined) !== (redisUrl === undefined) &&
        `${missing} is not set, but ${given} is: allowed are both (cluster profile) or neither (embedded profile)`,
    ];
  },
};

const masterKeys: Rule = {
  of: ['stores.databaseUrl', 'stores.redisUrl', 'masterKey.current', 'masterKey.previous'],
  broken({ values: { stores: urls, masterKey } }) {
    const cluster = urls.databaseUrl !== undefined && urls.redisUrl !== undefined;
    const absent = masterKey.current === undefined;
    return [
      cluster &&
        absent &&
        'COUNTERSIGN_MASTER_KEY is not set: in the cluster profile it must be, the same for every broker: 32 bytes in base64 (make one with: openssl rand -base64 32)',
      masterKey.previous !== undefined &&
        absent &&
        'COUNTERSIGN_MASTER_KEY_PREVIOUS is set, but COUNTERSIGN_MASTER_KEY is not: allowed is it only beside the new key',
      !absent &&
        masterKey.previous === masterKey.current &&
        'COUNTERSIGN_MASTER_KEY_PREVIOUS is the same key as COUNTERSIGN_MASTER_KEY: allowed is only another one',
    ];
  },
};

/** What settings must be together, anywhere. */
export const RULES: readonly Rule[] = [
  lifetimes,
  sessionLifetime,
  businessLifetimes,
  passkeyOrigins,
  grace,
  rotation,
  tlsFiles,
  stores,
  masterKeys,
];
