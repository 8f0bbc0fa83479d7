import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range that systems hand out by themselves, so that nobody takes one meanwhile.
const LOWEST = 15_000;
const HIGHEST = 22_000;

/** A TCP port of the loopback that nobody listens on; so are `port + n` for every n given. */
export async function freePort(...alsoOffsets: number[]): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const free = await Promise.all([0, ...alsoOffsets].map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
