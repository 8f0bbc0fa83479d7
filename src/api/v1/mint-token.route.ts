import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppDirectory } from '../../im/apps/app-directory.js';
import type { CheckAdminToken } from '../../im/apps/check-admin-token.js';
import type { MintUserToken } from '../../im/tokens/mint-user-token.js';
import { validated } from '../validation.js';
import { requireBearerAdmin } from './admin-call.js';
import { MintBody, mintAnswerOf, mintRequestOf } from './mint-token.js';

/** `POST /v1/im/tokens`: mints a user token; honours `Idempotency-Key`. */
export function mintToken(
  admins: CheckAdminToken,
  apps: AppDirectory,
  minting: MintUserToken,
  ttlSeconds: number,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const admin = await requireBearerAdmin(request, admins);
    admin.require('im:tokens:mint');
    const body = validated(MintBody, request.body);
    const key = request.headers['idempotency-key'];
    const wanted = mintRequestOf(body, Array.isArray(key) ? key.join() : key);
    const rules = await apps.rules(admin.appId);
    const minted = await minting.mint(rules, wanted, ttlSeconds);
    void reply.status(201);
    return mintAnswerOf(minted);
  };
}
