import { describe, expect, it } from 'vitest';
import { usernameKey, usernameProblem } from '../../../../src/business-auth/names/username.js';

describe('a username', () => {
  it.each([
    'alice',
    'Alice.Smith-2_x',
    'alice+im@example.com',
    'a.b@c',
    '123',
    'João',
    'Đặng',
    'straße',
    'иван',
    'иван@example.com',
    'Γιώργος',
    'Νίκος',
    'արամ',
    '小明abc',
    '田中タロウ',
    'さくら2024',
    '김철수',
    'हिन्दी',
    'กี่กี่',
    'שלום',
    'محمد.علي',
    'موسى٢',
    'ﬁne',
    'ａｌｉｃｅ',
    'x'.repeat(64),
    // Sixty-four characters once they are composed.
    'u\u0308'.repeat(64),
  ])('may be %s', (name) => {
    expect(usernameProblem(name)).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['two characters', 'ab'],
    ['two characters that look like four', 'u\u0308u\u0308'],
    ['65 characters', 'x'.repeat(65)],
    ['a million characters', 'x'.repeat(1_000_000)],
  ])('has from 3 to 64 characters, not %s', (_, name) => {
    expect(usernameProblem(name)).toBe('must have from 3 to 64 characters');
  });

  it.each([
    ['a blank', 'ali ce'],
    ['a line break', 'ali\nce'],
    ['NUL', 'ali\0ce'],
    ['a change of direction', 'ali\u202ece'],
    ['an isolate', 'ali\u2066ce'],
    ['a zero-width space', 'ali\u200bce'],
    ['a zero-width joiner', 'ali\u200dce'],
    ['a soft hyphen', 'ali\u00adce'],
    ['a byte order mark', 'ali\ufeffce'],
    ['a variation selector', 'ali\ufe0fce'],
    ['a grapheme joiner', 'ali\u034fce'],
    ['a Hangul filler', '김\u3164철수'],
    ['a private character', 'ali\ue000ce'],
    ['half of a surrogate pair', 'ali\ud800ce'],
    ['an unassigned character', 'ali\u0378ce'],
    ['an emoji', 'ali😀ce'],
    ['a slash', 'ali/ce'],
    ['a fraction slash, by way of ½', 'ali½ce'],
    ['a dollar', 'ali$ce'],
    ['markup', '<b>alice</b>'],
    ['a stress mark', 'aliˈce'],
  ])('holds nothing but letters, marks, digits and . _ - @ +, not %s', (_, name) => {
    expect(usernameProblem(name)).toBe('must hold nothing but letters, digits and . _ - @ +');
  });

  it.each(['.alice', 'alice.', '@alice', 'alice@', '-alice', 'alice_', '...', '\u0308alice'])(
    'begins and ends with a letter or digit: %s',
    (name) => {
      expect(usernameProblem(name)).toBe('must begin and end with a letter or digit');
    },
  );

  it.each([
    ['on a dot', 'al.\u0323ice'],
    ['through letters', 'admi\u0338n'],
    ['twice the same', 'ali\u0301\u0301ce'],
    ['five', 'alq\u0301\u0302\u0303\u0304\u0306ice'],
  ])('has no marks where letters have none: %s', (_, name) => {
    expect(usernameProblem(name)).toBe('must have marks on letters only, and few of them');
  });

  it.each([
    ['Cyrillic а in Latin', 'p\u0430ypal'],
    ['Latin l in Cyrillic', 'раура\u006c'],
    ['Greek ο in Latin', 'g\u03bf\u03bfgle'],
    ['Greek and Cyrillic', 'αβв'],
    ['Han and Cyrillic', '小明ив'],
    ['Hangul and Katakana', '김타カナ'],
    ['Cherokee', 'ᏢᎪᏴᏢᎪᏞ'],
    ['Lisu', 'ꓑꓮꓬꓑꓮꓡ'],
    ['Coptic', 'ⲣⲁⲩⲣ'],
  ])('is in one script that is in common use, not %s', (_, name) => {
    expect(usernameProblem(name)).toBe('must not mix scripts, and be in one that is in common use');
  });

  it('has digits of one kind', () => {
    expect(usernameProblem('موسى٢۲')).toBe('must not mix kinds of digits');
    expect(usernameProblem('موسى٢2')).toBe('must not mix kinds of digits');
    expect(usernameProblem('alice٢')).toBeDefined();
  });

  it('is read in one direction', () => {
    expect(usernameProblem('שלום@example.com')).toBe('must be written in one direction');
    expect(usernameProblem('7שלום')).toContain('must begin with a letter');
  });

  it.each(['ΝΙΝΑ', 'Νικο', 'ΥΑΝ.1'])('in Greek is not one that looks Latin: %s', (name) => {
    expect(usernameProblem(name)).toBe('must not look like a name in Latin letters');
  });
});

describe('the key of a username', () => {
  it.each([
    ['in another case', 'Alice.Smith', 'aLICE.sMITH'],
    ['with ß in capitals', 'straße', 'STRASSE'],
    ['with a final sigma in capitals', 'Γιώργος', 'ΓΙΏΡΓΟΣ'],
    ['with a dotted capital I', 'istanbul', 'İstanbul'],
    ['with a dotless i', 'istanbul', 'ıstanbul'],
    ['composed or not', 'João', 'Joa\u0303o'],
    ['in full width', 'alice', 'ａｌｉｃｅ'],
    ['with a ligature', 'fine', 'ﬁne'],
    ['in mathematical letters', 'alice', '𝓪𝓵𝓲𝓬𝓮'],
    ['in Cyrillic', 'paypal', 'раураӏ'],
    ['in Cyrillic capitals', 'BOB', 'ВОВ'],
    ['in Greek capitals', 'TOM', 'ΤΟΜ'],
    ['in Armenian', 'ghou', 'ցհօս'],
    ['with a capital I for l', 'paypal', 'paypaI'],
    ['with 1 for l', 'paypal', 'paypa1'],
    ['with 0 for o', 'root', 'r00t'],
    ['with rn for m', 'admin', 'adrnin'],
    ['with a script a', 'paypal', 'pɑypɑl'],
    ['with small capitals', 'vow', 'ᴠᴏᴡ'],
    ['with a click for l', 'paypal', 'paypaǀ'],
    ['with a second dot', 'alice', 'ali\u0307ce'],
    ['with many a dot', 'alice', `ali${'\u0307'.repeat(20)}ce`],
    ['with a caron for a breve', 'mă', 'mǎ'],
    ['in Katakana and Han', '口ハ', 'ロ八'],
    ['in Cyrillic and Greek', 'φ.π', 'ф.п'],
  ])('is the same %s', (_, one, other) => {
    expect(usernameKey(other)).toBe(usernameKey(one));
  });

  it.each([
    ['alice', 'alicia'],
    ['jose', 'josé'],
    ['bob', 'bob1'],
    ['a.b', 'ab'],
    ['a-b', 'a_b'],
    ['van', 'nan'],
    ['guy', 'guu'],
    ['иван', 'иванна'],
    ['ดาว', 'คาว'],
    ['土田', '士田'],
  ])('is another one for what people tell apart: %s, %s', (one, other) => {
    expect(usernameKey(one)).not.toBe(usernameKey(other));
  });

  it('is that of any text, and short for what is short', () => {
    expect(usernameKey('')).toBe('');
    expect(usernameKey('\ud800 <b>')).toBe('\ud800 <b>');
    expect(usernameKey('m'.repeat(64))).toHaveLength(128);
  });
});
