import { Body } from '@nestjs/common';
import { z } from 'zod';
import { CheckToken } from '../../im/tokens/check-token.js';
import { answer, OpenimCall, OpenimController } from './openim.js';
import { AppId } from './openim-request.js';

const Request = z.object({ token: z.string().min(1, 'must not be empty') });

/** `/auth/parse_token`: whose token it is, or why it is refused. Users' and admins' alike. */
@OpenimController('auth')
export class ParseTokenController {
  constructor(private readonly tokens: CheckToken) {}

  /** `expireTimeSeconds` is the expiry as Unix seconds. */
  @OpenimCall('parse_token')
  async parseToken(
    @AppId() appId: string,
    @Body({ schema: Request }) { token }: z.infer<typeof Request>,
  ) {
    const { userId, platformId, expiresAt } = await this.tokens.check(appId, token);
    return answer({ userID: userId, platformID: platformId, expireTimeSeconds: expiresAt });
  }
}
