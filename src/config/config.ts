import type { z } from 'zod';
import type { sections } from './sections.js';

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What the settings say, before anything is derived from them. */
export type SettingValues = { [S in keyof typeof sections]: z.output<(typeof sections)[S]> };

/** SQLite and memory in one process, or PostgreSQL and Redis under any number of brokers. */
export type Profile = 'embedded' | 'cluster';

/** All settings, checked, complete and frozen. */
export type Config = DeepReadonly<
  Omit<SettingValues, 'server'> & {
    /** `publicUrl` is always there, without a slash at its end. */
    server: SettingValues['server'] & { publicUrl: string };
    profile: Profile;
    /** `NODE_ENV`; `development` when it is not set. */
    environment: string;
  }
>;

/** What {@link Config} is injected by. */
export const CONFIG = Symbol('CONFIG');
