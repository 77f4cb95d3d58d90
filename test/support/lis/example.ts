import type { Differential } from '../../../src/slides/differential.js';
import { reportStatus } from '../../../src/slides/differential.js';
import type { SlideReport } from '../../../src/slides/report.js';
import type { SlideStatus } from '../../../src/slides/slide.js';
import type { Verification } from '../../../src/slides/verification.js';

const VERIFICATION: Verification = {
  by: { name: 'Núñez & Söhne', identifier: '4711' },
  at: '2026-11-24T10:00:00.000Z',
  corrections: [],
  revision: 2,
};

/** 100 white cells, 6 erythroblasts, 9 platelets; what a test is about is overridden. */
export function exampleReport(
  status: SlideStatus = 'complete',
  differential: Partial<Differential> = {},
  patient = true,
): SlideReport {
  const verified = status === 'verified' || status === 'corrected';
  return {
    slide: {
      id: 'slide-1',
      source: 'scope-3',
      specimenNumber: 'S|0001',
      orderNumber: 'ORD^1',
      collectedAt: '2026-11-24T08:30:00+01:00',
      ...(patient && {
        patient: {
          identifier: 'P0001',
          familyName: "O'Brien^Łódź",
          givenName: 'Zoë',
          birthDate: '1980-02-29',
          sex: 'female',
        },
      }),
      status,
      revision: verified ? 2 : 1,
      createdAt: '2026-11-24T09:30:00.000Z',
      completedAt: '2026-11-24T09:35:00.000Z',
      cropCount: 115,
    },
    crops: [
      {
        crop: {
          sha256: 'a'.repeat(64),
          number: 1,
          receivedAt: '2026-11-24T09:34:00.000Z',
          model: { name: 'inceptionv3', version: '2.0.0' },
          result: { class: 'neutrophil', probability: 0.99, probabilities: { neutrophil: 0.99 } },
        },
        class: 'neutrophil',
        byPerson: false,
      },
    ],
    verifications: verified ? [VERIFICATION] : [],
    differential: {
      status: reportStatus(status),
      whiteCellCount: 100,
      minWhiteCells: 100,
      sufficient: true,
      unidentifiedCount: 0,
      notCountedCount: 0,
      whiteCells: [
        {
          class: 'neutrophil',
          count: 90,
          n: 100,
          value: 90,
          lower95: 82.378,
          upper95: 95.0999,
          range: { low: 40, high: 75 },
          flag: 'H',
        },
        {
          class: 'eosinophil',
          count: 10,
          n: 100,
          value: 10,
          lower95: 4.9005,
          upper95: 17.6223,
          range: { high: 12 },
        },
      ],
      per100WhiteCells: [
        { class: 'erythroblast', count: 6, n: 100, value: 6, range: { abnormalAbove: 0 }, flag: 'A' },
      ],
      apart: [{ class: 'platelet', count: 9 }],
      ...differential,
    },
    vocabulary: { minWhiteCells: 100, erythroblastCorrectionFrom: 5, classes: {} },
  };
}

/** A slide without a single white cell. */
export const WITHOUT_WHITE_CELLS: Partial<Differential> = {
  whiteCellCount: 0,
  sufficient: false,
  unidentifiedCount: 3,
  whiteCells: [{ class: 'neutrophil', count: 0, n: 0, range: { low: 40, high: 75 } }],
  per100WhiteCells: [],
};
