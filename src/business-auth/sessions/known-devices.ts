import { hashSecret } from '../../common/constant-time.js';
import type { AccountRecord } from '../../ports/account-record.js';

const KNOWN_DEVICES = 20;

/**
 * The devices of an account with one that has just logged in, newest first. A device is remembered
 * as a hash, so that the record names none; one without an id is none.
 */
export function withDevice(
  known: readonly string[],
  accountId: string,
  deviceId: string,
): readonly string[] {
  if (deviceId === '') return known;
  const device = deviceHash(accountId, deviceId);
  return [device, ...known.filter((other) => other !== device)].slice(0, KNOWN_DEVICES);
}

/** The hash of a device that has logged in to the account before; empty for any other. */
export function knownDevice(
  { knownDevices }: AccountRecord,
  accountId: string,
  deviceId: string,
): string {
  if (deviceId === '') return '';
  const device = deviceHash(accountId, deviceId);
  return knownDevices.includes(device) ? device : '';
}

function deviceHash(accountId: string, deviceId: string): string {
  return hashSecret(`${accountId} ${deviceId}`);
}
