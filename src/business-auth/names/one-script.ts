/** Scripts in everyday use (UAX #31, table 5) that stand alone, for they are written with no other. */
const ALONE = [
  'Arabic',
  'Armenian',
  'Bengali',
  'Cyrillic',
  'Devanagari',
  'Ethiopic',
  'Georgian',
  'Greek',
  'Gujarati',
  'Gurmukhi',
  'Hebrew',
  'Kannada',
  'Khmer',
  'Lao',
  'Malayalam',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
  'Thaana',
  'Thai',
  'Tibetan',
];

/** Scripts that one text is written in: Chinese, Japanese and Korean, and Latin with each. */
const TOGETHER = [
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
];

const WRITINGS = [...TOGETHER, ...ALONE.map((script) => [script])].map((scripts) => {
  const classes = [...scripts, 'Common', 'Inherited'].map((script) => `\\p{scx=${script}}`);
  return new RegExp(`^[${classes.join('')}]*$`, 'u');
});

/**
 * Whether a text is in one script that is in everyday use, or in several that belong together;
 * what belongs to all scripts, such as ASCII's digits, may stand with each. This is "highly
 * restrictive" of UTS #39 §5.2, but for each text instead of ASCII and one more script. Scripts of
 * limited use, such as Cherokee and Lisu, are full of look-alikes of Latin that few can tell.
 */
export function isInOneScript(text: string): boolean {
  return WRITINGS.some((writing) => writing.test(text));
}
