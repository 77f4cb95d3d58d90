import type { SlideReport } from '../slides/report.js';
import type { ReportItem } from './items.js';

/** The models that classified a slide's crops, as `name version`, each once. */
export function modelsOf({ crops }: SlideReport): string[] {
  return [...new Set(crops.map(({ crop }) => `${crop.model.name} ${crop.model.version}`))].sort();
}

/** What a person who reads a report must know beside its figures, a sentence each. */
export function reportRemarks(report: SlideReport): string[] {
  const { differential, verifications } = report;
  const { status, whiteCellCount, minWhiteCells, unidentifiedCount, whiteBloodCells } = differential;
  const verification = verifications.at(-1);
  const remarks: string[] = [];
  if (status === 'preliminary') {
    const models = modelsOf(report);
    remarks.push(
      `Preclassification${models.length > 0 ? ` by ${models.join(', ')}` : ''}, not yet verified.`,
    );
  } else if (verification) {
    const verb = status === 'corrected' ? 'Corrected' : 'Verified';
    remarks.push(`${verb} by ${verification.by.name} at ${verification.at}.`);
  }
  if (!differential.sufficient) {
    remarks.push(`Insufficient: ${whiteCellCount} white cells counted, fewer than ${minWhiteCells}.`);
  }
  if (unidentifiedCount > 0) {
    remarks.push(`Unidentified cells that a person must look at: ${unidentifiedCount}.`);
  }
  if (whiteBloodCells?.corrected) {
    remarks.push(
      `Leukocytes corrected for erythroblasts; uncorrected: ${Number(whiteBloodCells.given.toFixed(2))} x10*9/L.`,
    );
  }
  if (verification?.comment) remarks.push(verification.comment);
  return remarks;
}

/** A figure's n and confidence limits in words, for formats that have no field for them; what an estimate is. */
export function itemRemark({ proportion, estimate, unit }: ReportItem): string | undefined {
  if (estimate) {
    const { counted, lower95, upper95 } = estimate;
    const figure = counted === undefined ? '' : ` of ${counted} ${unit}`;
    return (
      `Estimate adjusted for the model's own confusions, not the counted figure${figure}; ` +
      `95 % confidence limits ${lower95} to ${upper95}`
    );
  }
  if (!proportion) return undefined;
  const { count, n, limits } = proportion;
  const cells = unit === '%' ? `${count} of ${n} white cells` : `${count} beside ${n} white cells`;
  return limits ? `${cells}; 95 % confidence limits ${limits.lower95} to ${limits.upper95}` : cells;
}
