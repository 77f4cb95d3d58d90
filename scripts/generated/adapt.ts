import { z } from 'zod';
import { sum } from '../../src/statistics/confusion.js';
import { table } from './markdown.js';
import { NONE_YET, percent, readResults } from './training-results.js';

const accuracy = z.object({ accuracy: z.object({ value: z.number() }) });
/** What `npm run adapt:measure` writes. */
const resultSchema = z.object({
  model: z.string(),
  data: z.string(),
  views: z.number(),
  draws: z.array(
    z.object({
      learnt: z.number(),
      before: accuracy.extend({ n: z.number() }),
      after: accuracy,
      afterOneView: accuracy,
      withoutColours: accuracy.optional(),
      home: z.object({ loss: z.number() }).optional(),
    }),
  ),
});
type Draw = z.infer<typeof resultSchema>['draws'][number];

type Column = [title: string, of: (draw: Draw) => number];

/** What adapting was worth on crops whose labels were all known: each draw, and the mean. In %. */
export function adaptFigures(root: string): string {
  return (
    readResults(root, 'adapt')
      .map((result) => resultSchema.parse(result))
      .map(({ model, data, views, draws }) => {
        const columns = columnsOf(views, draws);
        const rows = draws.map((draw, index) => [
          String(index),
          ...columns.map(([, of]) => percent(of(draw))),
        ]);
        const means = columns.map(([, of]) => percent(sum(draws.map(of)) / draws.length));
        const { learnt = 0, before } = draws[0] ?? {};
        return [
          `#### ${data}, ${model}`,
          `Each draw learnt from ${learnt} crops. The other ${before?.n} judged it.`,
          table(['Draw', ...columns.map(([title]) => title)], [...rows, ['mean', ...means]]),
        ].join('\n\n');
      })
      .join('\n') || NONE_YET
  );
}

function columnsOf(views: number, draws: readonly Draw[]): Column[] {
  const seen = views === 1 ? '1 view' : `${views} views`;
  const inViews: Column = [`after, ${seen}`, ({ after }) => after.accuracy.value];
  const withoutColours: Column = [
    'after, without colours',
    ({ withoutColours }) => withoutColours?.accuracy.value ?? Number.NaN,
  ];
  const homeLost: Column = ['points lost at home', ({ home }) => home?.loss ?? Number.NaN];
  return [
    [`before, ${seen}`, ({ before }) => before.accuracy.value],
    ...(draws.some(({ withoutColours }) => withoutColours) ? [withoutColours] : []),
    ['after, 1 view', ({ afterOneView }) => afterOneView.accuracy.value],
    ...(views > 1 ? [inViews] : []),
    ...(draws.some(({ home }) => home) ? [homeLost] : []),
  ];
}
