/** The options that each measuring command has, for `parseArgs`. */
export const MEASURING_OPTIONS = {
  model: { type: 'string' },
  out: { type: 'string', default: 'bench/results' },
  'write-docs': { type: 'boolean', default: false },
} as const;

/** What they do, for a command's help. */
export const MEASURING_HELP = `
  --model NAME@VERSION model to serve; the registry's default without it
  --out bench/results  folder for the results, as JSON and as Markdown
  --write-docs         publish the results: into bench/published and docs/performance.md
`.slice(1, -1);

/** @throws when the value is not a positive integer. */
export function positive(option: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`${option} ${value}: expected a positive integer`);
  return Number(value);
}
