import type { OpenAPIObject } from '@nestjs/swagger';
import { type Dialect, dialectOf } from './dialect.js';
import { OAUTH_ERRORS } from './oauth2/oauth-error.js';
import { PROBLEM_CODES } from './v1/problem.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['post']>;
type Parameter = NonNullable<Operation['parameters']>[number];
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** Calls whose tokens are bound to the key of a proof, where one is sent (RFC 9449 §5). */
const BINDS = /^\/(?:v1\/auth\/(?:login(?:\/mfa|\/passkey)?|refresh)|oauth2\/token)$/;
/** Calls of OAuth 2.0 that a public client makes without a secret. */
const FOR_PUBLIC_CLIENTS = /^\/oauth2\/(?:token|revoke)$/;

const DPOP: Parameter = {
  name: 'DPoP',
  in: 'header',
  required: false,
  description: 'A proof of the key that tokens are bound to (RFC 9449).',
  schema: { type: 'string' },
};

const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: {
    type: 'object',
    description: 'What went wrong (RFC 9457). `code` is stable, `detail` is for people.',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', enum: ['about:blank'] },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', enum: [...PROBLEM_CODES] },
      detail: { type: 'string' },
    },
  },
  OAuthError: {
    type: 'object',
    description: 'What went wrong (RFC 6749 §5.2).',
    required: ['error', 'error_description'],
    properties: {
      error: { type: 'string', enum: [...OAUTH_ERRORS] },
      error_description: { type: 'string' },
    },
  },
  OpenimAnswer: {
    type: 'object',
    description: 'OpenIM’s envelope. The status is 200 whatever comes of a call.',
    required: ['errCode', 'errMsg', 'errDlt'],
    properties: {
      errCode: { type: 'integer', description: '0: all went well.' },
      errMsg: { type: 'string', description: 'The code’s name.' },
      errDlt: { type: 'string', description: 'For people.' },
      data: { type: 'object', description: 'Only where all went well.' },
    },
  },
};

const ERRORS: Readonly<Record<Dialect, readonly [schema: string, contentType: string]>> = {
  native: ['Problem', 'application/problem+json'],
  oauth2: ['OAuthError', 'application/json'],
  openim: ['OpenimAnswer', 'application/json'],
};

/** Adds to the document what is the same for every call: its errors, and how they are told. */
export function completed(document: OpenAPIObject): OpenAPIObject {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...SCHEMAS },
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) item[method] = completedCall(path, operation);
    }
  }
  return document;
}

function completedCall(path: string, operation: Operation): Operation {
  const { security, responses } = operation;
  const isBound = BINDS.test(path) || (security ?? []).some((each) => 'business' in each);
  return {
    ...operation,
    parameters: parametersOf(path, operation.parameters ?? [], isBound),
    ...(security === undefined ? {} : { security: securityOf(path, security) }),
    responses: { ...responses, ...errorsOf(dialectOf(path)) },
  };
}

function errorsOf(dialect: Dialect): Operation['responses'] {
  const [name, contentType] = ERRORS[dialect];
  const content = { [contentType]: { schema: { $ref: `#/components/schemas/${name}` } } };
  return dialect === 'openim'
    ? { '200': { description: 'errCode tells whether all went well', content } }
    : { default: { description: 'An error', content } };
}

function parametersOf(path: string, given: readonly Parameter[], isBound: boolean): Parameter[] {
  const all = given.filter((one) => !isNamedAgain(one, given)).map(asWanted);
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    const isThere = all.some((one) => 'in' in one && one.in === 'path' && one.name === name);
    const schema = { type: 'string' } as const;
    if (!isThere) all.unshift({ name, in: 'path', required: true, schema });
  }
  return isBound ? [...all, DPOP] : all;
}

/** Nest calls whatever it is told by a decorator required; no call wants a query or these headers. */
function asWanted(parameter: Parameter): Parameter {
  if (!('in' in parameter)) return parameter;
  const isOptional = parameter.in === 'query' || parameter.name === 'if-none-match';
  return isOptional ? { ...parameter, required: false } : parameter;
}

/** A header that is read in small letters, and described as it is written. */
function isNamedAgain(parameter: Parameter, all: readonly Parameter[]): boolean {
  if (!('in' in parameter) || parameter.in !== 'header') return false;
  const { name } = parameter;
  return all.some((one) => 'in' in one && one.name !== name && one.name.toLowerCase() === name);
}

function securityOf(path: string, security: NonNullable<Operation['security']>) {
  const bound = security.some((each) => 'business' in each) ? [{ businessDpop: [] }] : [];
  const publicly = FOR_PUBLIC_CLIENTS.test(path) ? [{}] : [];
  return [...security, ...bound, ...publicly];
}
