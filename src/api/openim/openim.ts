import { applyDecorators, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminTokenGuard } from './admin-token.guard.js';
import { OperationIdGuard } from './operation-id.guard.js';

/** The envelope of every answer that is no error. Calls without data answer `{}`. */
export interface OpenimAnswer<Data> {
  readonly errCode: 0;
  readonly errMsg: '';
  readonly errDlt: '';
  readonly data: Data;
}

export function answer<Data>(data: Data): OpenimAnswer<Data> {
  return { errCode: 0, errMsg: '', errDlt: '', data };
}

/** A group of OpenIM's calls: for the app `default`, and under `/apps/{appId}` for any. */
export const OpenimController = (group: 'auth' | 'user') =>
  applyDecorators(
    ApiTags('openim'),
    Controller([group, `apps/:appId/${group}`]),
    UseGuards(OperationIdGuard),
  );

/** A call that anyone may make. The status is 200 whatever comes of it. */
export const OpenimCall = (name: string, summary: string) =>
  applyDecorators(
    Post(name),
    HttpCode(200),
    ApiOperation({ summary }),
    ApiHeader({ name: 'operationID', required: true, description: 'Any text but an empty one.' }),
  );

/** Documents the header that carries the caller's token. */
export const OpenimToken = (whose: string) =>
  ApiHeader({ name: 'token', required: true, description: whose });

/** A call that wants an admin's token in the header `token`. */
export const OpenimAdminCall = (name: string, summary: string) =>
  applyDecorators(
    OpenimCall(name, summary),
    OpenimToken('An admin token.'),
    UseGuards(AdminTokenGuard),
  );
