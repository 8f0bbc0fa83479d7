import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { GetUserTokenRequest } from './openim/get-user-token.route.js';
import { ParseTokenRequest } from './openim/parse-token.route.js';
import { MintAnswer } from './v1/mint-token.answers.js';
import { MintBody } from './v1/mint-token.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['post']>;
type Parameters = NonNullable<Operation['parameters']>;

/** Adds to the document the calls of `hot-calls.ts`, which Nest does not know. */
export function withHotCalls(document: OpenAPIObject): OpenAPIObject {
  const { paths } = document;
  for (const [prefix, parameters, suffix] of [
    ['', [], ''],
    ['/apps/{appId}', [APP_ID], 'OfApp'],
  ] as const) {
    paths[`${prefix}/auth/parse_token`] = openim(
      `parseToken${suffix}`,
      'Whose token it is, or why it is refused',
      ParseTokenRequest,
      [...parameters, OPERATION_ID],
    );
    paths[`${prefix}/auth/get_user_token`] = openim(
      `getUserToken${suffix}`,
      'Mint a user token: starts a session under the multi-login policy',
      GetUserTokenRequest,
      [...parameters, OPERATION_ID, TOKEN],
    );
  }
  paths['/v1/im/tokens'] = {
    post: {
      operationId: 'mintToken',
      tags: ['tokens'],
      summary: 'Mint a user token: starts a session under the multi-login policy',
      security: [{ admin: [] }],
      parameters: [header('Idempotency-Key', false)],
      requestBody: json(MintBody),
      responses: { '201': { description: '', content: json(MintAnswer).content } },
    },
  };
  return document;
}

const APP_ID = { name: 'appId', in: 'path', required: true, schema: { type: 'string' } } as const;
const OPERATION_ID = header('operationID', true);
const TOKEN = header('token', true);

function header(name: string, required: boolean): Parameters[number] {
  return { name, in: 'header', required, schema: { type: 'string' } };
}

function json(schema: z.ZodType) {
  const jsonSchema = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as object;
  return { required: true, content: { 'application/json': { schema: jsonSchema } } };
}

function openim(
  operationId: string,
  summary: string,
  request: z.ZodType,
  parameters: Parameters,
): PathItem {
  const description = 'OpenIM’s envelope; errCode is 0 when all went well';
  return {
    post: {
      operationId,
      tags: ['openim'],
      summary,
      parameters,
      requestBody: json(request),
      responses: { '200': { description } },
    },
  };
}
