import { ServiceError } from '../../errors/problem.js';
import { LIS_FORMATS, type LisFormat, type WireDocument } from '../../lis/formats.js';
import { Hl7Error } from '../../lis/hl7/error.js';
import type { LisOptions } from '../../lis/options.js';
import type { SlideReport } from '../../slides/report.js';

/** Every format of GET /v1/slides/:id beside JSON. */
export const RENDERERS = LIS_FORMATS;

/**
 * A slide in a format other than JSON.
 *
 * @throws {ServiceError} not_acceptable where the format's character set lacks a character.
 */
export function render(format: LisFormat, report: SlideReport, options: LisOptions): WireDocument {
  try {
    return format.write(report, options);
  } catch (error) {
    if (!(error instanceof Hl7Error)) throw error;
    throw new ServiceError('not_acceptable', `${error.message}, which HEMOSERVE_HL7_CHARSET sets.`);
  }
}
