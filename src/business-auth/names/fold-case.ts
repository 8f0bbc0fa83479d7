/**
 * Full case folding, by way of small, capital and small letters again, so that `ẞ`, `ß` and `SS`
 * are all `ss`. The last step goes letter by letter: a final sigma is one like any other.
 */
export function foldCase(text: string): string {
  const capitals = text.toLowerCase().toUpperCase();
  return Array.from(capitals, (letter) => letter.toLowerCase()).join('');
}
