/** Of a slide: crops may come, all have come, a named person has verified it, and then verified it again. */
export const SLIDE_STATUSES = ['open', 'complete', 'verified', 'corrected'] as const;
export type SlideStatus = (typeof SLIDE_STATUSES)[number];

/** Administrative sex, as FHIR names it. */
export const SEXES = ['female', 'male', 'other', 'unknown'] as const;

/** Whose specimen it is. Nothing of it is ever logged. */
export interface Patient {
  identifier: string;
  familyName?: string;
  givenName?: string;
  /** YYYY-MM-DD */
  birthDate?: string;
  sex?: (typeof SEXES)[number];
}

/** A count of white blood cells by an analyzer. */
export interface WhiteBloodCellCount {
  /** 10^9 cells in a litre. */
  value: number;
  /** Whether it leaves out erythroblasts already: then it is not corrected for them a second time. */
  withoutErythroblasts: boolean;
}

/** What the caller says of a slide when it makes it. */
export interface SlideDescription {
  /** By the caller, and the slide's only name: letters, digits and any of `._:-`, at most 64. */
  id: string;
  /** The analyzer's name. */
  source?: string;
  specimenNumber: string;
  /** ISO 8601 with its offset. */
  collectedAt?: string;
  /** The order's number at whoever placed it (the LIS). */
  orderNumber?: string;
  /** The order's number at whoever fills it (the laboratory's middleware). */
  fillerOrderNumber?: string;
  patient?: Patient;
  whiteBloodCells?: WhiteBloodCellCount;
}

/** A version of a model, which classified a crop. */
export interface ModelReference {
  name: string;
  version: string;
}

/** The slide as it is kept: what the caller said, and what became of it. All times are ISO 8601 in UTC. */
export interface Slide extends SlideDescription {
  status: SlideStatus;
  /** Grows by one with each change but new crops; a report of a higher one replaces the others. */
  revision: number;
  createdAt: string;
  completedAt?: string;
  cropCount: number;
}
