import { sign, type KeyObject } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/*
 * What runs on the thread of `SigningThread`. Types are all that it may import of ours: the tests
 * run it from its source.
 */

/** Inputs to sign with one EC P-256 key; the answer is their signatures, in order. */
export interface SigningWork {
  readonly key: KeyObject;
  readonly inputs: readonly string[];
}

parentPort?.on('message', ({ key, inputs }: SigningWork) => {
  // R ‖ S instead of DER (RFC 7518 §3.4).
  const ecdsa = { key, dsaEncoding: 'ieee-p1363' } as const;
  const signatures = inputs.map((input) =>
    sign('sha256', Buffer.from(input, 'latin1'), ecdsa).toString('base64url'),
  );
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(signatures);
});
