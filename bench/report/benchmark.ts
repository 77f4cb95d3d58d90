import { criteria, passes } from './criteria.js';
import { renderOrigin } from './origin.js';
import { PLOTS } from './plots.js';
import { type Results, rawOf } from './results.js';
import { type Section, TABLES } from './section.js';
import { round, table } from './tables.js';

/** What a reader looks for: crops/s by clients, and what is missed. */
export const benchmark: Section<Results> = { name: 'benchmark', render: renderShort, plots: PLOTS };

/** All that was measured. */
export const benchmarkTables: Section<Results> = {
  name: 'benchmark-tables',
  results: 'benchmark',
  document: TABLES,
  render,
};

function renderShort(results: Results): string {
  const clients = [...new Set(results.contenders.flatMap(({ loads }) => loads.map((load) => load.clients)))];
  const rows = results.contenders.map(({ title, loads, missing }) => [
    title,
    ...clients.map((count) => {
      const load = loads.find((one) => one.clients === count);
      return load ? round(load.cropsPerSecond) : (missing ?? '');
    }),
    round(loads.find((load) => load.clients === 1)?.p50Ms ?? Number.NaN),
    round(loads.find((load) => load.clients === 32)?.cpuSecondsPer1000 ?? Number.NaN),
  ]);
  const bounds = criteria(results);
  const missed = bounds.filter((criterion) => !passes(criterion));
  return [
    `${renderOrigin(results)}. Each load took ${results.seconds} s.`,
    table(
      [
        'Service',
        ...clients.map((count) => `Crops/s, ${count === 1 ? 'one client' : `${count} clients`}`),
        'p50 ms, one client',
        'Processor time at 32 clients, ms a crop',
      ],
      rows,
    ),
    `Of ${bounds.length} bounds ${missed.length} are missed${missed.length > 0 ? ':' : '.'}`,
    ...(missed.length > 0 ? [criteriaTable(results, missed)] : []),
  ].join('\n\n');
}

function render(results: Results): string {
  const { machine, seconds, tolerance } = results;
  return [
    `${renderOrigin(results)}. Each load took ${seconds} s. Every answer counted had the ` +
      `raw engine's top-1 class and each probability within ${tolerance} of its; memory is PSS; the last column is ` +
      `crops/s x ${round(machine.gflopPerCrop)} GFLOP per crop over the machine's float32 peak in matrix ` +
      `multiplication, ${round(machine.peakGflops)} GFLOP/s.`,
    loadsTable(results),
    'How each is set, and how soon it is ready:',
    settingsTable(results),
    'The engines in a loop, without HTTP:',
    rawTable(results),
    ...(overloadTable(results) ?? []),
    'What the service must show:',
    criteriaTable(results),
  ].join('\n\n');
}

function loadsTable(results: Results): string {
  const rows = results.contenders.flatMap(({ title, loads, missing }) =>
    missing !== undefined && loads.length === 0
      ? [[title, '', missing, '', '', '', '', '', '', '', '']]
      : loads.map((load) => [
          title,
          String(load.clients),
          round(load.cropsPerSecond),
          round(load.p50Ms),
          round(load.p95Ms),
          round(load.p99Ms),
          round(load.cpuSecondsPer1000),
          String(Math.round(load.memoryMiB)),
          String(load.failed + load.refused),
          wrong(load.wrong, load.largestDifference),
          share(results, load.cropsPerSecond),
        ]),
  );
  return table(
    [
      'Service',
      'Clients',
      'Crops/s',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'CPU s / 1,000 crops',
      'MiB',
      'Failed',
      'Wrong (largest difference)',
      '% of peak',
    ],
    rows,
  );
}

function wrong(count: number, largestDifference: number): string {
  return `${count} (${largestDifference.toPrecision(1)})`;
}

function share({ machine }: Results, cropsPerSecond: number): string {
  return `${Math.round((cropsPerSecond * machine.gflopPerCrop * 100) / machine.peakGflops)}`;
}

function settingsTable({ contenders }: Results): string {
  return table(
    ['Service', 'Settings', 'Ready after s'],
    contenders.map(({ title, settings, readySeconds, missing }) => [
      title,
      missing === undefined ? settings : `${settings}; ${missing}`,
      readySeconds === undefined ? '' : round(readySeconds),
    ]),
  );
}

function rawTable(results: Results): string {
  const rows = results.raw.flatMap(({ title, withDecoding, withoutDecoding, oneCropP50Ms }) => [
    ...([withDecoding, withoutDecoding] as const).map((pace, index) => [
      title,
      `${index === 0 ? 'with' : 'without'} decoding, ${pace.how}`,
      round(pace.cropsPerSecond),
      '',
      round(pace.cpuSecondsPer1000),
      share(results, pace.cropsPerSecond),
    ]),
    [title, 'one crop after the other, with decoding', '', round(oneCropP50Ms), '', ''],
  ]);
  return table(['Engine', 'How', 'Crops/s', 'p50 ms', 'CPU s / 1,000 crops', '% of peak'], rows);
}

function overloadTable({ contenders }: Results): string[] | undefined {
  const ours = contenders.find(({ overload }) => overload);
  if (!ours?.overload) return undefined;
  const { overload } = ours;
  return [
    'Our service at four times the load that it can answer (open load):',
    table(
      ['Offered/s', 'Answered/s', 'p99 of the answers ms', 'Refused', 'p99 of the refusals ms', 'Failed'],
      [
        [
          String(overload.offeredPerSecond),
          round(overload.cropsPerSecond),
          round(overload.p99Ms),
          String(overload.refused),
          round(overload.refusedP99Ms),
          String(overload.failed),
        ],
      ],
    ),
  ];
}

function criteriaTable(results: Results, shown = criteria(results)): string {
  const ours = results.contenders.find(({ name }) => name === 'hemoserve');
  const rows = shown.map((criterion) => [
    criterion.what,
    `${round(criterion.measured)} ${criterion.unit ?? ''}`.trim(),
    `${criterion.direction} ${criterion.bound} ${criterion.unit ?? ''}`.trim(),
    passes(criterion) ? 'pass' : 'FAIL',
  ]);
  const raw = rawOf(results, ours?.engine);
  return table([`Measured (raw engine: ${raw?.title ?? 'none'})`, 'Value', 'Bound', ''], rows);
}
