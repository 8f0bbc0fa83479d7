/** What the domain needs of a logger; pino's has it. */
export interface Log {
  info(message: string): void;
  info(fields: object, message: string): void;
  warn(message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What {@link Log} is injected by. */
export const LOG = Symbol('LOG');
