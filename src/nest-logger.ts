import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A stack as Nest passes it: the trace of an error that it has already turned into a message. */
function isStack(value: unknown): value is string {
  return typeof value === 'string' && /\n\s+at /.test(value);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
}

/**
 * Nest's logger over pino. Nest passes the context, the name of a class, as its last argument,
 * and for errors a stack before it; objects among the rest become fields.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  /** What Nest tells while it starts is for those who debug it. */
  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const fields: Record<string, unknown> = {};
    const texts: string[] = [];
    const last = rest.length - 1;
    for (const [index, value] of rest.entries()) {
      if (value === undefined) continue;
      if (value instanceof Error) fields['err'] = value;
      else if (isStack(value)) fields['err'] = { stack: value };
      else if (index === last && typeof value === 'string') fields['context'] = value;
      else if (typeof value === 'object' && value !== null) Object.assign(fields, value);
      else texts.push(asText(value));
    }
    if (message instanceof Error) {
      fields['err'] = message;
      texts.unshift(message.message);
    } else if (typeof message === 'object' && message !== null) Object.assign(fields, message);
    else texts.unshift(asText(message));
    this.logger[level](fields, texts.join(' '));
  }
}
