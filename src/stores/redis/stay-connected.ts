import type { Redis } from 'ioredis';

const PAUSE_MS = 100;

/**
 * Has a connection begin again where ioredis would leave it ended though nobody asked for that: a
 * Sentinel that tells of a failover while it is being asked for the master makes the question fail,
 * and from there ioredis does not try again. After the owner's `disconnect()` it stays ended.
 */
export function stayConnected(redis: Redis): void {
  let closed = false;
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false): void => {
    if (!reconnect) closed = true;
    disconnect(reconnect);
  };
  redis.on('end', () => {
    setTimeout(() => {
      // A failure shows as the connection's own error, and ends it again.
      if (!closed && redis.status === 'end') redis.connect().catch(() => undefined);
    }, PAUSE_MS);
  });
}
