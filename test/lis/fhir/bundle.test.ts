import type { Bundle, FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { fhirBundle } from '../../../src/lis/fhir/bundle.js';
import { conditionalUrl, fhirText } from '../../../src/lis/fhir/names.js';
import { exampleReport, WITHOUT_WHITE_CELLS } from '../../support/lis/example.js';
import { OPTIONS } from '../../support/lis/options.js';

function all<T extends FhirResource['resourceType']>({ entry = [] }: Bundle, type: T) {
  return entry.flatMap(({ resource }) =>
    resource?.resourceType === type ? [resource as Extract<FhirResource, { resourceType: T }>] : [],
  );
}
const quantity = (value: number) => ({ value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' });

describe('a slide as a FHIR transaction', () => {
  const bundle = fhirBundle(exampleReport(), OPTIONS);
  const [specimen] = all(bundle, 'Specimen');
  const [device] = all(bundle, 'Device');
  const [report] = all(bundle, 'DiagnosticReport');
  const observations = all(bundle, 'Observation');

  it('has a specimen, a device, an observation for each figure and a report; the patient by its identifier', () => {
    expect(bundle.entry?.map(({ resource }) => resource?.resourceType)).toEqual([
      'Specimen',
      'Device',
      ...Array(6).fill('Observation'),
      'DiagnosticReport',
    ]);
    const subject = {
      type: 'Patient',
      identifier: { system: 'https://hospital.example.org/patient', value: 'P0001' },
    };
    for (const resource of [specimen, report, ...observations]) expect(resource?.subject).toEqual(subject);
    expect(report?.basedOn).toEqual([
      { type: 'ServiceRequest', identifier: { system: 'https://lab.example.org/order', value: 'ORD^1' } },
    ]);
    expect(specimen?.accessionIdentifier).toEqual({
      system: 'https://lab.example.org/specimen',
      value: 'S|0001',
    });
    expect(device?.version?.map(({ value }) => value)).toEqual(['0.1.0', 'inceptionv3 2.0.0']);
    expect(device?.parent?.identifier?.value).toBe('scope-3');
    expect(JSON.stringify(bundle)).not.toContain('Zoë');
  });

  it('reports a figure with its unit, range, flag, n and limits', () => {
    const [neutrophils] = observations;
    expect(neutrophils).toMatchObject({
      status: 'preliminary',
      code: { coding: [{ system: 'http://loinc.org', code: '26511-6' }] },
      valueQuantity: quantity(90),
      interpretation: [{ coding: [{ code: 'H' }] }],
      referenceRange: [{ low: quantity(40), high: quantity(75) }],
      effectiveDateTime: '2026-11-24T08:30:00+01:00',
      issued: '2026-11-24T09:35:00.000Z',
    });
    expect(neutrophils?.component?.map(({ code, ...value }) => [code.coding?.[0]?.code, value])).toEqual([
      ['cells', { valueInteger: 90 }],
      ['white-cells', { valueInteger: 100 }],
      ['confidence-95', { valueRange: { low: quantity(82.4), high: quantity(95.1) } }],
    ]);
  });

  it('updates each by its identifier, and refers to each by the same UUID every time', () => {
    for (const { request } of bundle.entry ?? []) expect(request?.method).toBe('PUT');
    expect(bundle.entry?.at(-1)?.request?.url).toBe(
      'DiagnosticReport?identifier=https%3A%2F%2Flab.example.org%2Fid%2Freport%7Cslide-1',
    );
    expect(fhirBundle(exampleReport(), OPTIONS)).toEqual(bundle);
    const urls = bundle.entry?.map(({ fullUrl }) => fullUrl);
    expect(new Set(urls).size).toBe(urls?.length);
    expect(report?.result?.map(({ reference }) => reference)).toEqual(urls?.slice(2, -1));
    const verified = fhirBundle(exampleReport('verified'), OPTIONS);
    expect(verified.entry?.map(({ fullUrl }) => fullUrl)).toEqual(urls);
  });
});

it.each([
  ['open', 'partial', 'preliminary'],
  ['complete', 'partial', 'preliminary'],
  ['verified', 'final', 'final'],
  ['corrected', 'corrected', 'corrected'],
] as const)('a slide that is %s', (status, ofReport, ofObservations) => {
  const bundle = fhirBundle(exampleReport(status), OPTIONS);
  const [report] = all(bundle, 'DiagnosticReport');
  expect(report?.status).toBe(ofReport);
  const statuses = all(bundle, 'Observation').map((observation) => observation.status);
  expect(new Set(statuses)).toEqual(new Set([ofObservations]));
  const verifiers = report?.resultsInterpreter?.map(({ display }) => display);
  expect(verifiers).toEqual(ofReport === 'partial' ? undefined : ['Núñez & Söhne']);
});

it('without white cells percentages are absent, and the report says why', () => {
  const bundle = fhirBundle(exampleReport('complete', WITHOUT_WHITE_CELLS), OPTIONS);
  const [neutrophils, , counted, unidentified] = all(bundle, 'Observation');
  expect(neutrophils).toMatchObject({ dataAbsentReason: { coding: [{ code: 'not-performed' }] } });
  expect(neutrophils).not.toHaveProperty('valueQuantity');
  expect(counted).toMatchObject({
    valueQuantity: { value: 0 },
    interpretation: [{ coding: [{ code: 'L' }] }],
  });
  expect(unidentified).toMatchObject({
    valueQuantity: { value: 3 },
    interpretation: [{ coding: [{ code: 'A' }] }],
  });
  const [report] = all(bundle, 'DiagnosticReport');
  expect(report?.conclusion).toContain('Insufficient: 0 white cells counted, fewer than 100.');
});

it("an estimate adjusted for the model's confusions is a part of its figure", () => {
  const adjusted = [{ class: 'neutrophil', value: 88.04, lower95: 80.06, upper95: 94 }];
  const [neutrophils] = all(fhirBundle(exampleReport('complete', { adjusted }), OPTIONS), 'Observation');
  expect(neutrophils?.component?.slice(-2)).toMatchObject([
    { valueQuantity: { value: 88 } },
    { valueRange: { low: { value: 80.1 }, high: { value: 94 } } },
  ]);
});

describe('names', () => {
  it('in a search are escaped twice: for the search, and for the URL', () => {
    expect(conditionalUrl('Specimen', { system: 'urn:a', value: 'S|1,$\\é' })).toBe(
      'Specimen?identifier=urn%3Aa%7CS%5C%7C1%5C%2C%5C%24%5C%5C%C3%A9',
    );
  });

  it('have no characters that FHIR does not allow', () => {
    expect(fhirText(' a\0b\r\nc\td ')).toBe('a\ufffdb\nc\td');
    expect(fhirText(' \n')).toBeUndefined();
  });
});
