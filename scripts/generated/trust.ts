import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { table } from './markdown.js';

const proportion = z.object({ value: z.number(), lower95: z.number(), upper95: z.number() });
const figures = z.object({
  n: z.number(),
  accepted: proportion,
  auroc: z.number().optional(),
  accuracy: proportion.optional(),
  acceptedAccuracy: proportion.optional(),
  wrongAndAccepted: proportion.optional(),
  reasons: z.record(z.string(), z.number()),
});
/** What `npm run train:novelty` writes. */
const resultSchema = z.object({
  model: z.string(),
  part: z.string(),
  home: figures,
  otherLaboratory: figures.optional(),
  kinds: z.record(z.string(), figures),
});
type Figures = z.infer<typeof figures>;

/** The tables of docs/trust.md, of every version that was measured. */
export function trustFigures(root: string): string {
  const folder = join(root, 'training', 'results', 'trust');
  return readdirSync(folder)
    .sort()
    .map((file) => resultSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
    .map(({ model, part, home, otherLaboratory, kinds }) => {
      const rows = [
        [`usual crops (PBC's ${part} part)`, home] as const,
        ...(otherLaboratory ? [['another laboratory (BCCD)', otherLaboratory] as const] : []),
        ...Object.entries(kinds).map(([kind, of]) => [kind.replaceAll('_', ' '), of] as const),
      ];
      return `### ${model}\n\n${table(
        ['Pictures', 'n', 'AUROC', 'Novel %', 'Accepted % (95 %)', 'Wrong and accepted % (95 %)'],
        rows.map(([name, of]) => row(name, of)),
      )}`;
    })
    .join('\n\n');
}

function row(name: string, of: Figures): string[] {
  return [
    name,
    String(of.n),
    of.auroc === undefined ? '' : of.auroc.toFixed(3),
    percent(of.reasons.out_of_distribution ?? 0),
    withLimits(of.accepted),
    of.wrongAndAccepted ? withLimits(of.wrongAndAccepted) : '',
  ];
}

const percent = (value: number) => (100 * value).toFixed(1);

const withLimits = ({ value, lower95, upper95 }: z.infer<typeof proportion>) =>
  `${percent(value)} (${percent(lower95)}–${percent(upper95)})`;
