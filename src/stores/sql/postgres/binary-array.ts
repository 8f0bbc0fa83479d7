/*
 * Arrays as PostgreSQL receives them in binary (array_recv in
 * src/backend/utils/adt/arrayfuncs.c): nothing in them is escaped here or parsed there. The driver
 * sends whatever is a Buffer in binary.
 *
 * Header: how many dimensions, whether any element is null, the elements' type; of the one
 * dimension its size and the index of its first element. Then each element after its length.
 */

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const BIGINT_BYTES = 8;

const TEXT = 25;
const BIGINT = 20;

/** A `text[]`. */
export function textArray(values: readonly string[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + Buffer.byteLength(value);
  const array = Buffer.allocUnsafe(bytes);
  let at = writeHeader(array, TEXT, values.length);
  for (const value of values) {
    const length = array.write(value, at + LENGTH_BYTES);
    array.writeInt32BE(length, at);
    at += LENGTH_BYTES + length;
  }
  return array;
}

/** A `bigint[]` of integers from 0 to 2^53. */
export function bigintArray(values: readonly number[]): Buffer {
  const bytes = HEADER_BYTES + values.length * (LENGTH_BYTES + BIGINT_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  let at = writeHeader(array, BIGINT, values.length);
  for (const value of values) {
    at = array.writeInt32BE(BIGINT_BYTES, at);
    at = array.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    at = array.writeUInt32BE(value % 2 ** 32, at);
  }
  return array;
}

function writeHeader(array: Buffer, type: number, size: number): number {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(size, 12);
  return array.writeInt32BE(1, 16);
}
