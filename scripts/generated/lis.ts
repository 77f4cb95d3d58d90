import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { astmMessage } from '../../src/lis/astm/message.js';
import { codesOf, codesSchema } from '../../src/lis/codes.js';
import { slideCsv } from '../../src/lis/csv.js';
import { fhirBundle } from '../../src/lis/fhir/bundle.js';
import { LIS_FORMATS } from '../../src/lis/formats.js';
import { hl7Message } from '../../src/lis/hl7/messages.js';
import { loadLisOptions } from '../../src/lis/load-options.js';
import { lisSettings } from '../../src/settings/lis.js';
import { loadSettings } from '../../src/settings/load.js';
import { reportOf } from '../../src/slides/count.js';
import type { SlideReport } from '../../src/slides/report.js';
import { vocabularySchema } from '../../src/slides/vocabulary.js';
import { code, table } from './markdown.js';

const root = join(import.meta.dirname, '..', '..');
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const readConfig = (name: string) => readJson('config', name);

const COUNTS = {
  neutrophil: 58,
  lymphocyte: 26,
  monocyte: 8,
  eosinophil: 3,
  basophil: 1,
  ig: 4,
  erythroblast: 6,
  platelet: 9,
};
const UNIDENTIFIED = 2;
/** An example's settings. */
const options = loadLisOptions(
  loadSettings({
    HEMOSERVE_LIS_SENDING_FACILITY: 'LAB',
    HEMOSERVE_LIS_RECEIVING_APPLICATION: 'LIS',
    HEMOSERVE_LIS_RECEIVING_FACILITY: 'HOSPITAL',
    HEMOSERVE_FHIR_BASE: 'https://lab.example.org/id/',
    HEMOSERVE_LIS_CODES_FILE: join(root, 'config', 'lis-codes.json'),
  }),
  '0.1.0',
);

/** The sections of docs/lis.md, by their names. */
export function lisSections(): Record<string, string> {
  const report = exampleReport();
  const observation = fhirBundle(report, options).entry?.find(
    ({ resource }) => resource?.resourceType === 'Observation',
  );
  return {
    formats: table(
      ['`?format=`', '`Accept`', 'What it is'],
      [
        ['`json`', '`application/json`', 'All of the slide, each crop too'],
        ...LIS_FORMATS.map(({ name, mediaType, description }) => [code(name), code(mediaType), description]),
      ],
    ),
    oru_r01: block('text', lines(hl7Message('ORU_R01', report, options))),
    observation: block('json', JSON.stringify(observation, undefined, 2)),
    astm: block('text', lines(astmMessage(report, options))),
    csv: block('text', slideCsv(report, options).trimEnd().replaceAll('\r\n', '\n')),
    codes: codesTable(),
    'settings of messages': table(
      ['Variable', 'Meaning'],
      Object.values(lisSettings).map((setting) => {
        const { variable, description } = setting.meta() as { variable: string; description: string };
        return [code(variable), description];
      }),
    ),
  };
}

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const lines = (message: string) => message.trimEnd().replaceAll('\r', '\n');

function exampleReport(): SlideReport {
  const model: { name: string; version: string } = readJson('models', 'default.json');
  const { classes: modelClasses, metrics } = readJson('models', model.name, model.version, 'manifest.json');
  const classes = [
    ...Object.entries(COUNTS).flatMap(([name, count]) => Array<string>(count).fill(name)),
    ...Array<undefined>(UNIDENTIFIED).fill(undefined),
  ];
  const crops = classes.map((name, index) => ({
    sha256: String(index).padStart(64, '0'),
    number: index + 1,
    receivedAt: '2026-11-24T09:34:00.000Z',
    model: { name: model.name, version: model.version },
    result: {
      class: name ?? 'lymphocyte',
      probability: 0.9,
      probabilities: {},
      decision: name === undefined ? ('review' as const) : ('accepted' as const),
    },
  }));
  return reportOf({
    slide: {
      id: '2026-0042',
      source: 'scope-3',
      specimenNumber: 'S0001',
      orderNumber: 'ORD0001',
      collectedAt: '2026-11-24T08:30:00Z',
      patient: {
        identifier: 'P0001',
        familyName: "O'Neill & Søn",
        givenName: 'Zoë',
        birthDate: '1980-02-29',
      },
      status: 'complete',
      revision: 1,
      createdAt: '2026-11-24T09:30:00.000Z',
      completedAt: '2026-11-24T09:35:00.000Z',
      cropCount: crops.length,
    },
    crops,
    verifications: [],
    vocabulary: exampleVocabulary(),
    confusionOf: () => ({ classes: modelClasses, counts: metrics.confusion }),
  });
}

/** With ranges, which the published file leaves to the laboratory. */
function exampleVocabulary() {
  const vocabulary = vocabularySchema.parse(readConfig('differential.json'));
  const ranges = { neutrophil: { low: 40, high: 75 }, ig: { high: 1 }, erythroblast: { abnormalAbove: 0 } };
  for (const [name, range] of Object.entries(ranges)) vocabulary.classes[name]?.ranges.push(range);
  return vocabulary;
}

/** Each figure's first code, a column for each set. */
function codesTable(): string {
  const file = codesSchema.parse(readConfig('lis-codes.json'));
  const sets = Object.keys(file.sets);
  const row = (
    label: string,
    of: (codes: ReturnType<typeof codesOf>) => ReturnType<typeof options.codes.of>,
  ) => [
    label,
    ...sets.map(
      (set) => of(codesOf(file, set)).map(({ code: value, system }) => `${code(value)} ${system}`)[0] ?? '',
    ),
  ];
  const figures = ['panel', 'whiteCellCount', 'unidentifiedCount', 'whiteBloodCells'] as const;
  const sources = Object.entries(file.systems).map(
    ([name, { uri, source }]) => `${code(name)} (${code(uri)}): ${source}.`,
  );
  return `${table(
    ['', ...sets],
    [
      ...Object.keys(file.sets[sets[0] as string]?.classes ?? {}).map((name) =>
        row(code(name), (c) => c.ofClass(name)),
      ),
      ...Object.keys(file.sets[sets[0] as string]?.adjusted ?? {}).map((name) =>
        row(`${code(name)}, adjusted`, (c) => c.ofAdjusted(name)),
      ),
      ...figures.map((figure) => row(code(figure), (c) => c.of(figure))),
    ],
  )}\n${sources.join(' ')}\n`;
}
