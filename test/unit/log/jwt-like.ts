import fc from 'fast-check';

function part(length: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: length, maxLength: length * 2 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));
}

const headers = fc
  .record({ alg: fc.constantFrom('ES256', 'HS256', 'none'), kid: fc.stringMatching(/^\w{0,12}$/) })
  .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url'));

/** Tokens as they look: nobody signed them. */
export const jwtLike = fc.tuple(headers, part(30), part(32)).map((parts) => parts.join('.'));
