import type { CodeableConcept, Observation, ObservationComponent, Quantity } from 'fhir/r4.js';
import type { Coding } from '../codes.js';
import type { ReportItem } from '../items.js';
import { fhirText } from './names.js';

const UNITS: Record<ReportItem['unit'], string> = {
  '%': '%',
  '/100{WBCs}': '/100 WBC',
  '{cells}': 'cells',
  '10*9/L': '10*9/L',
};
/** Of our own codes, here for what belongs to a figure. */
const OWN_CODES = 'urn:hemoserve:code';

export function concept(codings: readonly Coding[]): CodeableConcept {
  return {
    coding: codings.map(({ uri, code, display }) => ({ system: uri, code, ...(display && { display }) })),
  };
}

/** A figure's value, range, flag, n and limits; who, when and of whom is the bundle's. */
export function observationFigures(
  item: ReportItem,
): Pick<
  Observation,
  'code' | 'valueQuantity' | 'dataAbsentReason' | 'interpretation' | 'referenceRange' | 'component'
> {
  const { codings, value, flag, range } = item;
  const quantity = (amount: number) => quantityOf(amount, item.unit);
  const components = componentsOf(item);
  return {
    code: concept(codings),
    ...(value === undefined
      ? {
          dataAbsentReason: code('http://terminology.hl7.org/CodeSystem/data-absent-reason', 'not-performed'),
        }
      : { valueQuantity: quantity(value) }),
    ...(flag && {
      interpretation: [code('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', flag)],
    }),
    ...(range &&
      (range.low ?? range.high) !== undefined && {
        referenceRange: [
          {
            ...(range.low !== undefined && { low: quantity(range.low) }),
            ...(range.high !== undefined && { high: quantity(range.high) }),
          },
        ],
      }),
    ...(components.length > 0 && { component: components }),
  };
}

export function code(system: string, value: string): CodeableConcept {
  return { coding: [{ system, code: value }] };
}

function componentsOf({ proportion, adjusted, unit }: ReportItem): ObservationComponent[] {
  const quantity = (amount: number) => quantityOf(amount, unit);
  const component = (name: string, text: string): Pick<ObservationComponent, 'code'> => ({
    code: { ...code(OWN_CODES, name), text },
  });
  const interval = (name: string, text: string, limits: { lower95: number; upper95: number }) => ({
    ...component(name, text),
    valueRange: { low: quantity(limits.lower95), high: quantity(limits.upper95) },
  });
  const components: ObservationComponent[] = [];
  if (proportion) {
    components.push(
      { ...component('cells', 'Cells of the class'), valueInteger: proportion.count },
      { ...component('white-cells', 'White cells counted (n)'), valueInteger: proportion.n },
    );
  }
  if (proportion?.limits) {
    components.push(interval('confidence-95', '95 % confidence limits (Clopper-Pearson)', proportion.limits));
  }
  if (adjusted) {
    components.push(
      {
        ...component('adjusted', "Estimate adjusted for the model's confusions"),
        valueQuantity: quantity(adjusted.value),
      },
      interval('adjusted-confidence-95', '95 % confidence limits of the adjusted estimate', adjusted),
    );
  }
  return components;
}

function quantityOf(value: number, unit: ReportItem['unit']): Quantity {
  return { value, unit: fhirText(UNITS[unit]) ?? unit, system: 'http://unitsofmeasure.org', code: unit };
}
