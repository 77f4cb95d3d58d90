export function code(value: string | number): string {
  return `\`${value}\``;
}

/** A Markdown table; the cells are Markdown without line breaks. */
export function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}
