import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AppDirectory } from '../../im/apps/app-directory.js';
import type { CheckAdminToken } from '../../im/apps/check-admin-token.js';
import type { MintUserToken } from '../../im/tokens/mint-user-token.js';
import { validated } from '../validation.js';
import { requireAdmin } from './admin-token.guard.js';
import { platformId, userId } from './fields.js';
import { requireOperationId } from './operation-id.guard.js';
import { appIdOf } from './openim-request.js';
import { answer } from './openim.js';

export const GetUserTokenRequest = z.object({ platformID: platformId, userID: userId });

/**
 * `/auth/get_user_token`: mints a user token, under the multi-login policy. `expireTimeSeconds` is
 * the lifetime.
 */
export function getUserToken(
  admins: CheckAdminToken,
  apps: AppDirectory,
  minting: MintUserToken,
  ttlSeconds: number,
) {
  return async (request: FastifyRequest) => {
    requireOperationId(request);
    const admin = await requireAdmin(request, admins);
    admin.require('im:tokens:mint');
    const body = validated(GetUserTokenRequest, request.body);
    const rules = await apps.rules(appIdOf(request));
    const wanted = { userId: body.userID, platformId: body.platformID, deviceId: '' };
    const { token, expiresIn } = await minting.mint(rules, wanted, ttlSeconds);
    return answer({ token, expireTimeSeconds: expiresIn });
  };
}
