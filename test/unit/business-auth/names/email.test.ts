import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailKey, emailProblem } from '../../../../src/business-auth/names/email.js';

describe('an email address', () => {
  it.each([
    'alice@example.com',
    'Alice.Smith+im@mail.example.co.uk',
    "o'neil_{x}|y=z@example.com",
    'x@xn--mnchen-3ya.de',
    'jörg@münchen.de',
    'иван@пример.рф',
    '用户@例子.公司',
    'ａｌｉｃｅ@ｅｘａｍｐｌｅ.com',
    `${'x'.repeat(64)}@example.com`,
    `a@${'x'.repeat(63)}.${'y'.repeat(63)}.com`,
  ])('may be %s', (email) => {
    expect(emailProblem(email)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no @', 'alice.example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing after the @', 'alice@'],
    ['two @', 'alice@home@example.com'],
    ['a dot in front', '.alice@example.com'],
    ['two dots', 'al..ice@example.com'],
    ['a blank', 'al ice@example.com'],
    ['quotes', '"al ice"@example.com'],
    ['a comment', 'alice(her)@example.com'],
    ['a display name', 'Alice <alice@example.com>'],
    ['two addresses', 'alice@example.com,bob@example.com'],
    ['another header', 'alice@example.com\r\nBcc: bob@example.com'],
    ['another command', 'alice@example.com>\r\nRCPT TO:<bob@example.com'],
    ['NUL', 'alice\0@example.com'],
    ['a zero-width space', 'ali\u200bce@example.com'],
    ['a change of direction', 'ali\u202ece@example.com'],
    ['half of a surrogate pair', 'ali\ud800ce@example.com'],
    ['an address literal', 'alice@[127.0.0.1]'],
    ['a port', 'alice@example.com:25'],
    ['a path', 'alice@example.com/x'],
    ['an escape in the domain', 'alice@ex%61mple.com'],
  ])('is no %s', (_, email) => {
    expect(emailProblem(email)).toBe('must be an email address such as alice@example.com');
  });

  it.each([
    'alice@localhost',
    'alice@127.0.0.1',
    'alice@0x7f.1',
    'alice@example.123',
    'alice@-example.com',
    'alice@example..com',
    'alice@example.com.',
    `alice@${'x'.repeat(64)}.com`,
  ])('is at a domain: %s', (email) => {
    expect(emailProblem(email)).toBe('must have the name of a domain after the @');
  });

  it('has at most 254 bytes, and 64 of them before the @, as they are sent', () => {
    const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}`;
    expect(emailProblem(`${'x'.repeat(64)}@${domain}.com`)).toBeUndefined();
    expect(emailProblem(`${'x'.repeat(64)}@${domain}.${'d'.repeat(7)}`)).toContain('254 bytes');
    expect(emailProblem(`${'x'.repeat(65)}@example.com`)).toContain('64 bytes');
    expect(emailProblem(`${'ж'.repeat(33)}@example.com`)).toContain('64 bytes');
    expect(emailProblem(`x@${'ü.'.repeat(40)}com`)).toContain('254 bytes');
    expect(emailProblem(`${'x'.repeat(1_000_000)}@example.com`)).toContain('254 bytes');
  });
});

describe('the key of an email address', () => {
  it.each([
    ['in another case', 'Alice@Example.COM', 'alice@example.com'],
    ['with ß in capitals', 'groẞ@example.com', 'GROSS@example.com'],
    ['with a final sigma', 'ΟΔΟΣ@example.com', 'οδος@example.com'],
    ['composed or not', 'jörg@example.com', 'jo\u0308rg@example.com'],
    ['in full width', 'ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'alice@example.com'],
    ['in Punycode', 'x@MÜNCHEN.de', 'x@xn--mnchen-3ya.de'],
    ['with an ideographic full stop', '用户@例子。公司', '用户@例子.公司'],
  ])('is the same %s', (_, one, other) => {
    expect(emailKey(one)).toBe(emailKey(other));
  });

  it('is another one for another mailbox, also for a look-alike', () => {
    expect(emailKey('alice@example.com')).toBe('alice@example.com');
    expect(emailKey('alice+im@example.com')).not.toBe(emailKey('alice@example.com'));
    expect(emailKey('a.lice@example.com')).not.toBe(emailKey('alice@example.com'));
    expect(emailKey('nell@example.com')).not.toBe(emailKey('neil@example.com'));
    expect(emailKey('раураӏ@example.com')).not.toBe(emailKey('paypal@example.com'));
  });

  it('is its own key, whatever the text', () => {
    const any = fc.string({ unit: 'binary', maxLength: 40 });
    const email = fc.tuple(any, fc.oneof(fc.domain(), any)).map((parts) => parts.join('@'));
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), email, any), (text) => {
        expect(emailKey(emailKey(text))).toBe(emailKey(text));
      }),
      { numRuns: 2000 },
    );
  });
});
