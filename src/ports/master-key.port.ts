/**
 * The key that wraps the data keys of signing keys. A small port, so that a KMS can hold it.
 *
 * `context` is authenticated with the data key: unwrapping under another context fails.
 */
export abstract class MasterKey {
  /** The wrapped form of a 32-byte data key, printable. */
  abstract wrap(dataKey: Buffer, context: string): Promise<string>;

  /** The data key again. Throws when it was wrapped by another master key or for another context. */
  abstract unwrap(wrapped: string, context: string): Promise<Buffer>;
}
