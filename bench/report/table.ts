export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, columns.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

export function fixed(value: number, digits = 2): string {
  return value.toFixed(digits);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
