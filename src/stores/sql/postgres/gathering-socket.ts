import { Socket } from 'node:net';

type Data = string | Uint8Array;
type Done = (error?: Error | null) => void;

/**
 * A socket that sends what was written to it in one go with one system call, as the driver's
 * statements that are sent together. Under TLS it is a socket like any other.
 */
export class GatheringSocket extends Socket {
  #gathering = false;

  override write(data: Data, done?: Done): boolean;
  override write(data: Data, encoding?: BufferEncoding, done?: Done): boolean;
  override write(data: Data, second?: BufferEncoding | Done, done?: Done): boolean {
    if (!this.#gathering) {
      this.#gathering = true;
      this.cork();
      process.nextTick(() => {
        this.#gathering = false;
        this.uncork();
      });
    }
    if (typeof second === 'function') return super.write(data, second);
    return super.write(data, second, done);
  }
}
