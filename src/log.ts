import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { redact, redactText } from './audit/redaction.js';
import type { Config } from './config/config.js';

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redact(fields) as Record<string, unknown>;
}

function optionsOf(config: LogConfig): LoggerOptions {
  return {
    level: config.server.logLevel,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: { pid: process.pid },
    // Errors come redacted, causes and all; pino's own serializer would take them apart again.
    serializers: { err: (err: unknown) => err },
    formatters: {
      level: (label) => ({ level: label }),
      log: redactFields,
    },
    hooks: {
      // The whole line once more: messages and the fields of child loggers pass only here.
      streamWrite: redactText,
    },
  };
}

interface LoggedError {
  readonly stack?: string;
  readonly message?: string;
  readonly cause?: LoggedError;
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
  readonly context?: string;
  readonly err?: LoggedError;
}

function shownField([name, value]: [string, unknown]): string {
  return ` ${name}=${JSON.stringify(value)}`;
}

/** Where an error came from, and in a line each what was underneath. */
function shownError({ stack, message, cause }: LoggedError): string {
  const shown = stack ?? message ?? 'an error without words';
  const causes: string[] = [];
  for (let next = cause; next !== undefined; next = next.cause) {
    causes.push(`\ncaused by: ${onOneLine(next.message ?? 'an error without words')}`);
  }
  return shown + causes.join('');
}

/** A message without line ends and terminal codes, which may come from a caller. */
function onOneLine(text: string): string {
  return text.replaceAll(
    /\p{Cc}/gu,
    (character) => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One line of JSON as a line for people; the stack of an error follows on lines of its own. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Line & Record<string, unknown>;
  const { time, level, msg = '', context, err, pid: _pid, ...fields } = line;
  const clock = time.slice(11, 23);
  const from = context === undefined ? '' : `[${context}] `;
  const details = Object.entries(fields).map(shownField).join('');
  const stack = err === undefined ? '' : `\n${shownError(err)}`;
  return `${clock} ${level.toUpperCase().padEnd(5)} ${from}${onOneLine(msg)}${details}${stack}\n`;
}

/** What of the settings concerns logging. */
export type LogConfig = Pick<Config, 'environment'> & {
  readonly server: Pick<Config['server'], 'logLevel'>;
};

/**
 * The logger of the process: JSON lines in production, readable lines otherwise. Secrets and
 * tokens are taken out of fields by name and out of all text by looks.
 *
 * @param destination where lines go; standard output by default, written at once.
 */
export function createLogger(config: LogConfig, destination?: DestinationStream): Logger {
  const output = destination ?? pino.destination({ dest: 1, sync: true });
  if (config.environment === 'production') return pino(optionsOf(config), output);
  return pino(optionsOf(config), {
    write: (json: string) => {
      output.write(readableLine(json));
    },
  });
}
