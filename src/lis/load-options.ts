import { readFileSync } from 'node:fs';
import type { Settings } from '../settings/schema.js';
import { codesOf, codesSchema } from './codes.js';
import type { LisOptions } from './options.js';

/**
 * What the settings say of the laboratory's systems, with the codes from their file.
 *
 * @throws Error where the file cannot be read, is not as it should be, or has no such set.
 */
export function loadLisOptions(settings: Settings, version: string): LisOptions {
  const base = settings.fhirBase;
  return {
    codes: loadCodes(settings),
    version,
    sender: { application: settings.lisSendingApplication, facility: settings.lisSendingFacility },
    receiver: { application: settings.lisReceivingApplication, facility: settings.lisReceivingFacility },
    hl7: { charset: settings.hl7Charset, unverified: settings.hl7UnverifiedStatus },
    fhir: {
      base,
      patient: settings.fhirPatientSystem ?? `${base}patient`,
      specimen: settings.fhirSpecimenSystem ?? `${base}accession`,
      order: settings.fhirOrderSystem ?? `${base}order`,
    },
  };
}

function loadCodes({ lisCodesFile, lisCodeSet }: Settings) {
  try {
    return codesOf(codesSchema.parse(JSON.parse(readFileSync(lisCodesFile, 'utf8'))), lisCodeSet);
  } catch (error) {
    throw new Error(`${lisCodesFile} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
