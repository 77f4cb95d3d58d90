import { z } from 'zod';
import { setting } from './setting.js';

const name = z.string().max(180).default('');
const system = z.url('expected a URI');

/** What the laboratory's systems are called, and what messages to them look like: docs/lis.md. */
export const lisSettings = {
  lisCodesFile: setting(
    'HEMOSERVE_LIS_CODES_FILE',
    z.string().min(1).default('config/lis-codes.json'),
    'File of the codes (LOINC) that figures have in messages, by class name',
  ),
  lisCodeSet: setting(
    'HEMOSERVE_LIS_CODE_SET',
    z.string().min(1).default('unspecified'),
    "Which of the file's sets is used: `unspecified`, `manual` or `automated` count",
  ),
  lisSendingApplication: setting(
    'HEMOSERVE_LIS_SENDING_APPLICATION',
    z.string().min(1).max(180).default('hemoserve'),
    'Our name in messages: MSH-3, H-5',
  ),
  lisSendingFacility: setting(
    'HEMOSERVE_LIS_SENDING_FACILITY',
    name,
    'The laboratory in messages: MSH-4; empty unless set',
  ),
  lisReceivingApplication: setting(
    'HEMOSERVE_LIS_RECEIVING_APPLICATION',
    name,
    "The LIS's name in messages: MSH-5, H-10; it assigns the numbers of specimens and orders. Empty unless set",
  ),
  lisReceivingFacility: setting(
    'HEMOSERVE_LIS_RECEIVING_FACILITY',
    name,
    'Whose LIS it is: MSH-6; it assigns the identifiers of patients (PID-3). Empty unless set',
  ),
  hl7Charset: setting(
    'HEMOSERVE_HL7_CHARSET',
    z.enum(['UNICODE UTF-8', '8859/1']).default('UNICODE UTF-8'),
    'Character set of HL7 v2 messages (MSH-18); with `8859/1` a name with other letters is refused, never changed',
  ),
  hl7UnverifiedStatus: setting(
    'HEMOSERVE_HL7_UNVERIFIED_STATUS',
    z.enum(['P', 'R']).default('P'),
    'OBX-11 of figures that nobody has verified: preliminary (`P`), or entered and not verified (`R`)',
  ),
  fhirBase: setting(
    'HEMOSERVE_FHIR_BASE',
    system.regex(/[/:]$/, 'expected / or : at its end').default('urn:hemoserve:'),
    'Begins the systems of our own identifiers in FHIR, such as `https://lab.example.org/id/`; set it where ' +
      'more than one laboratory sends to a server',
  ),
  fhirPatientSystem: setting(
    'HEMOSERVE_FHIR_PATIENT_SYSTEM',
    system.optional(),
    'System of patient identifiers in FHIR; `patient` after HEMOSERVE_FHIR_BASE unless set',
  ),
  fhirSpecimenSystem: setting(
    'HEMOSERVE_FHIR_SPECIMEN_SYSTEM',
    system.optional(),
    'System of specimen numbers in FHIR; `accession` after HEMOSERVE_FHIR_BASE unless set',
  ),
  fhirOrderSystem: setting(
    'HEMOSERVE_FHIR_ORDER_SYSTEM',
    system.optional(),
    'System of order numbers in FHIR; `order` after HEMOSERVE_FHIR_BASE unless set',
  ),
};
