import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Codes, codesOf, codesSchema } from '../../../src/lis/codes.js';
import type { LisOptions } from '../../../src/lis/options.js';
import { root } from '../fixtures.js';

const file = codesSchema.parse(JSON.parse(readFileSync(join(root, 'config/lis-codes.json'), 'utf8')));

/** The published codes' set of this name. */
export function publishedCodes(set: string): Codes {
  return codesOf(file, set);
}

/** What a laboratory may have set. */
export const OPTIONS: LisOptions = {
  codes: publishedCodes('unspecified'),
  version: '0.1.0',
  sender: { application: 'hemoserve', facility: 'LAB' },
  receiver: { application: 'LIS', facility: 'HOSPITAL' },
  hl7: { charset: 'UNICODE UTF-8', unverified: 'P' },
  fhir: {
    base: 'https://lab.example.org/id/',
    patient: 'https://hospital.example.org/patient',
    specimen: 'https://lab.example.org/specimen',
    order: 'https://lab.example.org/order',
  },
};
