import fc from 'fast-check';
import type { CropResult } from '../../../src/slides/crop.js';
import type { Differential, Figure, Flag } from '../../../src/slides/differential.js';
import { reportStatus } from '../../../src/slides/differential.js';
import type { SlideReport } from '../../../src/slides/report.js';
import { SEXES, SLIDE_STATUSES, type Slide } from '../../../src/slides/slide.js';
import type { Verification } from '../../../src/slides/verification.js';

/** What stands in names, and what should not: delimiters, line ends, accents, other scripts, control characters. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019 .-') },
  { weight: 2, arbitrary: fc.constantFrom(...'|^&~\\"=+@,;\'%<>/#{}[]') },
  { weight: 2, arbitrary: fc.constantFrom(...'äéÑøßłŞżЖ中👩\u0301') },
  { weight: 1, arbitrary: fc.constantFrom('\r', '\n', '\r\n', '\t', '\v', '\x1c', '\0', '\x7f', '\u0085') },
);
/** Text of a person's or another system's making. */
export const anyText = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit, minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit, minLength: 100, maxLength: 256 }) },
);
const longText = fc.string({ unit, minLength: 1000, maxLength: 4000 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const time = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const day = time.map((iso) => iso.slice(0, 10));
const WHITE_CELLS = ['neutrophil', 'eosinophil', 'basophil', 'lymphocyte', 'monocyte', 'ig'];
/** A class of another laboratory's model, which the table of codes does not know. */
const UNKNOWN_CLASS = 'blast cell & co';

const count = fc.oneof(fc.nat(3), fc.nat(400));
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const end = fc.nat(1000).map((tenths) => tenths / 10);
const range = fc.oneof(
  fc.tuple(end, end).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) })),
  end.map((low) => ({ low })),
  end.map((high) => ({ high })),
  fc.constant({ abnormalAbove: 0 }),
  fc.constant({}),
);

function figure(className: string, n: number): fc.Arbitrary<Figure> {
  const flag = fc.constantFrom<Flag>('L', 'H', 'A');
  return fc.record({ count, range: maybe(range), flag: maybe(flag), spread: percent }).map((parts) => {
    const value = (100 * parts.count) / n;
    return {
      class: className,
      count: parts.count,
      n,
      ...(n > 0 && { value, lower95: Math.max(0, value - parts.spread), upper95: value + parts.spread }),
      ...(parts.range && { range: parts.range }),
      ...(parts.range && parts.flag && n > 0 && { flag: parts.flag }),
    };
  });
}

function differential(status: Differential['status']): fc.Arbitrary<Differential> {
  const n = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 8, arbitrary: fc.nat(1000) });
  return n.chain((whiteCellCount) =>
    fc
      .record({
        whiteCells: fc.tuple(...[...WHITE_CELLS, UNKNOWN_CLASS].map((name) => figure(name, whiteCellCount))),
        per100WhiteCells: fc.tuple(figure('erythroblast', whiteCellCount)),
        apart: count.map((platelets) => [{ class: 'platelet', count: platelets }]),
        unidentifiedCount: status === 'preliminary' ? count : fc.constant(0),
        notCountedCount: count,
        adjusted: maybe(
          fc
            .record({ value: percent, lower95: percent, upper95: percent })
            .map(({ value, lower95, upper95 }) => [
              {
                class: 'neutrophil',
                value,
                lower95: Math.min(lower95, value),
                upper95: Math.max(upper95, value),
              },
            ]),
        ),
        whiteBloodCells: maybe(
          fc.record({
            given: fc.double({ min: 0, max: 500, noNaN: true }),
            value: fc.double({ min: 0, max: 500, noNaN: true }),
            corrected: fc.boolean(),
          }),
        ),
      })
      .map(({ adjusted, whiteBloodCells, ...parts }) => ({
        status,
        whiteCellCount,
        minWhiteCells: 100,
        sufficient: whiteCellCount >= 100,
        ...parts,
        ...(adjusted && { adjusted }),
        ...(whiteBloodCells && { whiteBloodCells }),
      })),
  );
}

const patient = fc.record(
  {
    identifier: anyText,
    familyName: anyText,
    givenName: anyText,
    birthDate: day,
    sex: fc.constantFrom(...SEXES),
  },
  { requiredKeys: ['identifier'] },
);

const slide: fc.Arbitrary<Slide> = fc.record(
  {
    id: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
    source: fc.stringMatching(/^[\w.:-]{1,64}$/),
    specimenNumber: anyText,
    collectedAt: fc
      .tuple(time, fc.constantFrom('Z', '+05:30', '-03:00'))
      .map(([iso, zone]) => iso.replace('Z', zone)),
    orderNumber: anyText,
    fillerOrderNumber: anyText,
    patient,
    status: fc.constantFrom(...SLIDE_STATUSES),
    revision: fc.nat(9),
    createdAt: time,
    completedAt: time,
    cropCount: fc.nat(400),
  },
  { requiredKeys: ['id', 'specimenNumber', 'status', 'revision', 'createdAt', 'cropCount'] },
);

const verification: fc.Arbitrary<Verification> = fc.record(
  {
    by: fc.record(
      { name: anyText.filter((text) => text.trim() !== ''), identifier: anyText },
      { requiredKeys: ['name'] },
    ),
    at: time,
    corrections: fc.constant([]),
    comment: fc.oneof(anyText, longText),
    revision: fc.nat(9),
  },
  { requiredKeys: ['by', 'at', 'corrections', 'revision'] },
);

const RESULT: CropResult = { class: 'ig', probability: 0.9, probabilities: { ig: 0.9 } };
const crop = fc
  .record({ receivedAt: time, version: fc.constantFrom('2.0.0', '2.1.0') })
  .map(({ receivedAt, version }) => ({
    crop: {
      sha256: 'f'.repeat(64),
      number: 1,
      receivedAt,
      model: { name: 'inceptionv3', version },
      result: RESULT,
    },
    class: 'ig',
    byPerson: false,
  }));

/** Slides in every state, with everything that may be missing missing now and then. */
export const reports: fc.Arbitrary<SlideReport> = slide.chain((one) => {
  const verified = one.status === 'verified' || one.status === 'corrected';
  return fc.record({
    slide: fc.constant(one),
    crops: fc.array(crop, { maxLength: 3 }),
    verifications: verified ? fc.array(verification, { minLength: 1, maxLength: 2 }) : fc.constant([]),
    differential: differential(reportStatus(one.status)),
    vocabulary: fc.constant({ minWhiteCells: 100, erythroblastCorrectionFrom: 5, classes: {} }),
  });
});
