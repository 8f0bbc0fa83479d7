/**
 * Letters and digits that look like others, as [what they are taken for, which]. Written after
 * folding of case and compatibility decomposition (NFKD), and so as escapes of small letters.
 *
 * Drawn from `confusables.txt` of Unicode Technical Standard #39, with these decisions:
 *
 * - It holds the scripts that names may be in (`one-script.ts`), and of those what can make a name
 *   look like one in Latin letters, Greek and Cyrillic like each other, and Katakana like Han.
 *   Letters of one script that its readers tell apart (Thai, Han, Arabic) stay apart.
 * - Names show the case that they were written in, so letters are one that look alike in either
 *   case: `1`, `i` and `l` because of I and l, Cyrillic `в` and `b` because of В and B. Left out are
 *   Greek Ν and Υ, which would make `n` of `v` and `y` of `u` (see `username.ts`).
 * - `m` is `rn`, as in the standard.
 *
 * No letter on the right occurs on the left. Whoever changes this table changes the keys of names
 * that are stored, and has to write those anew.
 */
export const LOOK_ALIKES: readonly (readonly [string, string])[] = [
  ['2', '\u01a8'],
  ['3', '\u021d\u0292\u0437\u04e1\u10f3\ua76b'],
  ['6', '\u0431'],
  ['8', '\u0223'],
  ['a', '\u0251\u03b1\u0430'],
  ['ae', '\u00e6\u04d5'],
  ['aa', '\ua733'],
  ['ao', '\ua735'],
  ['au', '\ua737'],
  ['av', '\ua739\ua73b'],
  ['ay', '\ua73d'],
  ['b', '\u0185\u03b2\u0432\u044c'],
  ['bl', '\u044b'],
  ['c', '\u0441\u1d04'],
  ['d', '\u0501'],
  ['dz', '\u02a3'],
  ['e', '\u03b5\u0435\u04bd\uab32'],
  ['f', '\u03dd\u0584\u1e9d\ua799\uab35'],
  ['g', '\u018d\u0261\u050d\u0581\u1d83'],
  ['h', '\u03b7\u043d\u04bb\u0570'],
  ['j', '\u0237\u03f3\u0458\u0575'],
  ['k', '\u0138\u03ba\u043a\u1d0b'],
  ['l', '1i\u01c0\u0269\u026a\u03b9\u0456\u04cf\u05d5\ua647'],
  ['ll', '\u01c1'],
  ['lo', '\u044e'],
  ['ls', '\u02aa'],
  ['lz', '\u02ab'],
  ['n', '\u0578\u057c'],
  [
    'o',
    '0\u03bf\u03c3\u043e\u0585\u05e1\u0966\u09e6\u0a66\u0ae6\u0b20\u0b66\u0be6\u0c66\u0ce6\u0d20\u0d66\u0e50\u0ed0\u101d\u1040\u10ff\u12d0\u1d0f\u1d11\uab3d',
  ],
  ['oe', '\u0153'],
  ['oo', '\ua699\ua74f'],
  ['p', '\u03c1\u0440'],
  ['q', '\u051b\u0563\u0566'],
  ['r', '\u0433\u1d26\uab47\uab48'],
  ['rn', 'm\u03bc\u03fb\u043c\u1d0d'],
  ['s', '\u01bd\u0455\u057f\ua731'],
  ['t', '\u03c4\u0442'],
  ['ts', '\u02a6'],
  ['u', '\u028b\u03c5\u057d\u1200\u1d1c\ua79f\uab4e\uab52'],
  ['v', '\u03bd\u0475\u05d8\u1d20'],
  ['w', '\u026f\u0461\u051d\u0561\u1d21'],
  ['x', '\u03c7\u0445\uab53\uab55'],
  ['y', '\u0263\u028f\u03b3\u0443\u04af\u10e7\u1d8c\u1eff\uab5a'],
  ['z', '\u03b6\u1d22'],
  ['\u0259', '\u01dd\u04d9'],
  ['\u00fe', '\u01bf\u03f8'],
  ['\u03b8', '\u0275\u0473\u04e9'],
  ['\u03bb', '\u043b'],
  ['\u03c0', '\u043f'],
  ['\u03c6', '\u0278\u0444\u0583'],
  ['\u03c8', '\u0471'],
  ['\u03c9', '\ua64d\ua7b7'],
  ['\u4e00', '\u30fc'],
  ['\u4e8c', '\u30cb'],
  ['\u516b', '\u30cf'],
  ['\u529b', '\u30ab'],
  ['\u535c', '\u30c8'],
  ['\u53e3', '\u30ed\u56d7'],
  ['\u5915', '\u30bf'],
  ['\u5de5', '\u30a8'],
  ['\u4ebb', '\u30a4'],
  ['\u4e3f', '\u30ce'],
  ['\u3078', '\u30d8'],
  ['\u0302', '\u0311'],
  ['\u0303', '\u0342'],
  ['\u0304', '\u0305'],
  ['\u0306', '\u030c'],
  ['\u0326', '\u0321\u0327\u0339'],
  ['\u0328', '\u0322'],
];
