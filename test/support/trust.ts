import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { SelfSigned } from './self-signed.js';

/** Has this process believe a certificate while something runs. */
export async function trusting<T>({ cert }: SelfSigned, work: () => Promise<T>): Promise<T> {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  try {
    return await work();
  } finally {
    setDefaultCACertificates(before);
  }
}
