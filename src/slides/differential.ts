import type { SlideStatus } from './slide.js';
import type { ReferenceRange } from './vocabulary.js';

/** As HL7 table 0078 has them: below or above the range, or abnormal. */
export const FLAGS = ['L', 'H', 'A'] as const;
export type Flag = (typeof FLAGS)[number];

/** Not verified by a person yet, verified, or verified anew. */
export const REPORT_STATUSES = ['preliminary', 'final', 'corrected'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

/** A figure of a count, with its exact 95 % confidence limits. */
export interface Figure {
  class: string;
  /** Cells of the class. */
  count: number;
  /** White cells in all, which the figure is of. */
  n: number;
  /** In percent of the white cells, or per 100 of them; absent without a white cell, with its limits. */
  value?: number;
  lower95?: number;
  upper95?: number;
  range?: ReferenceRange;
  flag?: Flag;
}

/** An estimate of a percentage that takes the model's own confusions into account. */
export interface AdjustedFigure {
  class: string;
  /** In percent of the white cells. */
  value: number;
  lower95: number;
  upper95: number;
}

/** A slide's differential. */
export interface Differential {
  status: ReportStatus;
  /** White cells that are counted. */
  whiteCellCount: number;
  /** Whether they are as many as the file of the differential asks for. */
  sufficient: boolean;
  minWhiteCells: number;
  /** Crops that a person must look at before the slide can be final. */
  unidentifiedCount: number;
  /** Crops that a person took out. */
  notCountedCount: number;
  /** Percent of the white cells, by class. */
  whiteCells: readonly Figure[];
  /** Per 100 white cells, by class (erythroblasts). */
  per100WhiteCells: readonly Figure[];
  /** Counted apart, by class (platelets). */
  apart: readonly { class: string; count: number }[];
  /** Where it can be made: all crops are of one model, whose confusions are known. */
  adjusted?: readonly AdjustedFigure[];
  /** Where the caller gave a count. */
  whiteBloodCells?: {
    /** 10^9 cells in a litre, as the analyzer gave it. */
    given: number;
    /** Without erythroblasts; the given one where there is nothing to correct. */
    value: number;
    /** Whether it was corrected here. */
    corrected: boolean;
  };
}

/** What a slide's report is, by what the slide is. */
export function reportStatus(status: SlideStatus): ReportStatus {
  if (status === 'verified') return 'final';
  return status === 'corrected' ? 'corrected' : 'preliminary';
}
