import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { BrokerError } from '../common/errors.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What schemas say that have no words of their own for it. */
z.config({
  customError: (issue) => {
    if (issue.code === 'invalid_type') {
      if (issue.input === undefined) return 'is missing';
      const article = /^[aeiou]/.test(issue.expected) ? 'an' : 'a';
      return `must be ${article} ${issue.expected}`;
    }
    if (issue.code === 'too_big' && issue.origin === 'string') {
      return `must not be longer than ${issue.maximum} characters`;
    }
    if (issue.code === 'unrecognized_keys') return `has an unknown field ${issue.keys.join(', ')}`;
    return undefined;
  },
});

/** Problems named in one answer, at most. */
const MAX_SHOWN = 5;
/** Characters of each, at most: some repeat a name that the request came up with. */
const MAX_CHARACTERS = 200;

/** What is wrong with a request, field by field, in one line. */
export function issuesOf(issues: readonly Issue[]): string {
  const shown = issues.slice(0, MAX_SHOWN).map(({ message: whole, path = [] }) => {
    const message = whole.slice(0, MAX_CHARACTERS);
    const field = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return field === '' ? `the value ${message}` : `${field.slice(0, 100)}: ${message}`;
  });
  const more = issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Checks what a call takes against the schema that the call declares. */
export const validationPipe = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) => new BrokerError('invalid_request', issuesOf(issues)),
});

/** A body that has passed its schema. Throws `invalid_request`. */
export function validated<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  const result = schema.safeParse(body);
  if (!result.success) throw new BrokerError('invalid_request', issuesOf(result.error.issues));
  return result.data;
}
