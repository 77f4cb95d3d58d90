import { z } from 'zod';
import { table } from './markdown.js';
import { NONE_YET, percent, readResults } from './training-results.js';

const proportion = z.object({ value: z.number(), lower95: z.number(), upper95: z.number() });
const figures = z.object({
  n: z.number(),
  accepted: proportion,
  auroc: z.record(z.string(), z.number()).optional(),
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
  return (
    readResults(root, 'trust')
      .map((result) => resultSchema.parse(result))
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
      .join('\n') || NONE_YET
  );
}

/** The AUROC of each score, of every version that was measured. */
export function scoreFigures(root: string): string {
  return (
    readResults(root, 'trust')
      .map((result) => resultSchema.parse(result))
      .map(({ model, otherLaboratory, kinds }) => {
        const told = Object.entries({
          ...(otherLaboratory && { 'another laboratory': otherLaboratory }),
          ...kinds,
        });
        const scores = Object.keys(told[0]?.[1].auroc ?? {});
        return `${model}:\n\n${table(
          ['AUROC of', ...scores],
          told.map(([kind, { auroc }]) => [
            kind.replaceAll('_', ' '),
            ...scores.map((score) => auroc?.[score]?.toFixed(3) ?? ''),
          ]),
        )}`;
      })
      .join('\n') || NONE_YET
  );
}

/** What `npm run train:left-out` writes. */
const leftOutSchema = z.object({
  model: z.string(),
  classes: z.record(z.string(), z.record(z.string(), z.number())),
});

/** How well novelty finds a class that was left out of training. */
export function leftOutFigures(root: string): string {
  const columns = {
    accuracyOfTheOthers: 'accuracy on the others',
    auroc: 'AUROC of the novelty',
    aurocOfResidual: 'of the residual',
    aurocOfAppearance: 'of the measures',
    aurocOfProbability: 'of the probability',
    aurocOfTheVersionsFeatures: 'of the published network',
  };
  return (
    readResults(root, 'left-out')
      .map((result) => leftOutSchema.parse(result))
      .map(({ classes }) =>
        table(
          ['Left out', ...Object.values(columns)],
          Object.entries(classes).map(([name, values]) => [
            name,
            ...Object.keys(columns).map((column) => (values[column] ?? Number.NaN).toFixed(3)),
          ]),
        ),
      )
      .join('\n') || NONE_YET
  );
}

function row(name: string, of: Figures): string[] {
  return [
    name,
    String(of.n),
    of.auroc?.published?.toFixed(3) ?? '',
    percent(of.reasons.out_of_distribution ?? 0),
    withLimits(of.accepted),
    of.wrongAndAccepted ? withLimits(of.wrongAndAccepted) : '',
  ];
}

const withLimits = ({ value, lower95, upper95 }: z.infer<typeof proportion>) =>
  `${percent(value)} (${percent(lower95)}–${percent(upper95)})`;
