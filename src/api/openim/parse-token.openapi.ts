import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { ParseTokenRequest } from './parse-token.route.js';

type PathItem = OpenAPIObject['paths'][string];

/** Adds `parse_token`, which Nest does not know (see `parse-token.route.ts`), to the document. */
export function withParseToken(document: OpenAPIObject): OpenAPIObject {
  const appId = { name: 'appId', in: 'path', required: true, schema: { type: 'string' } } as const;
  document.paths['/auth/parse_token'] = parseToken([]);
  document.paths['/apps/{appId}/auth/parse_token'] = parseToken([appId]);
  return document;
}

function parseToken(parameters: NonNullable<PathItem['parameters']>): PathItem {
  const operationId = parameters.length === 0 ? 'parseToken' : 'parseTokenOfApp';
  const schema = z.toJSONSchema(ParseTokenRequest, { target: 'openapi-3.0' }) as object;
  return {
    post: {
      operationId,
      tags: ['openim'],
      summary: 'Whose token it is, or why it is refused',
      parameters: [
        ...parameters,
        { name: 'operationID', in: 'header', required: true, schema: { type: 'string' } },
      ],
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: { '200': { description: 'OpenIM’s envelope; errCode 0 when the token is good' } },
    },
  };
}
