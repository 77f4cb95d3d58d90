import type { Order, OrderChanges } from '../../slides/order.js';
import type { Patient } from '../../slides/slide.js';
import { Hl7Error } from '../hl7/error.js';
import type { ParsedMessage, ParsedSegment } from '../hl7/parse.js';
import { fromTimestamp } from '../hl7/time.js';
import { readPatient } from './patient.js';

/** ORC-1 by which an order stands, and by which it no longer does (HL7 table 0119). */
const STANDS = ['NW', 'XO', 'RP', 'RO', 'SN', 'PA', 'CH'];
const FALLS = ['CA', 'DC', 'OC'];

/** What stands before an order in its message. */
interface Context {
  patient: Patient | undefined;
  specimens: string[];
  collectedAt: string | undefined;
  orc: ParsedSegment | undefined;
}

/**
 * The orders of an OML^O33 (also IHE's LAB-28) or an ORM^O01, by specimen, each with the patient before it.
 *
 * The number of a specimen is in SPM-2 and that of its container in SAC-3: a slide may bear either. An order without
 * these has it in OBR-3 or else OBR-2.
 *
 * @throws {Hl7Error} where an order has no number or no specimen, or an ORC-1 that is not known.
 */
export function readOrders(message: ParsedMessage): OrderChanges {
  const changes: OrderChanges = { placed: [], cancelled: [] };
  const context: Context = { patient: undefined, specimens: [], collectedAt: undefined, orc: undefined };
  let count = 0;
  for (const segment of message.segments) {
    if (segment.name === 'PID') {
      Object.assign(context, { patient: readPatient(segment), specimens: [], orc: undefined });
    } else if (segment.name === 'SPM') {
      context.specimens = numbers(segment.text(2), segment.text(2, 2));
      context.collectedAt = fromTimestamp(segment.text(17));
    } else if (segment.name === 'SAC') {
      context.specimens = numbers(...context.specimens, segment.text(3));
    } else if (segment.name === 'ORC') context.orc = segment;
    else if (segment.name === 'OBR') {
      count += 1;
      addOrder(changes, context, segment, count);
    }
  }
  if (count === 0) throw new Hl7Error('segment_sequence_error', 'the message has no order', 'OBR');
  return changes;
}

function addOrder(changes: OrderChanges, context: Context, obr: ParsedSegment, sequence: number): void {
  const { orc, patient, collectedAt } = context;
  const control = orc?.text(1) ?? 'NW';
  const orderNumber = orc?.text(2) || obr.text(2);
  const fillerOrderNumber = orc?.text(3) || obr.text(3);
  const service = readService(obr);
  if (!orderNumber) {
    throw new Hl7Error('required_field_missing', 'the order has no placer number', 'ORC', 2, sequence);
  }
  const specimens = context.specimens.length > 0 ? context.specimens : numbers(obr.text(3) || obr.text(2));
  if (specimens.length === 0) {
    throw new Hl7Error('required_field_missing', 'the order has no specimen', 'SPM', 2, sequence);
  }
  for (const specimenNumber of specimens) {
    if (FALLS.includes(control)) changes.cancelled.push({ specimenNumber, orderNumber });
    else if (STANDS.includes(control)) {
      changes.placed.push({
        specimenNumber,
        orderNumber,
        ...(fillerOrderNumber && { fillerOrderNumber }),
        ...(service && { service }),
        ...(patient && { patient }),
        ...(collectedAt && { collectedAt }),
      });
    } else {
      throw new Hl7Error(
        'table_value_not_found',
        `order control ${control} is not known`,
        'ORC',
        1,
        sequence,
      );
    }
  }
}

function readService(obr: ParsedSegment): Order['service'] {
  const [code, text, system] = [obr.text(4), obr.text(4, 2), obr.text(4, 3)];
  return code ? { code, ...(text && { text }), ...(system && { system }) } : undefined;
}

function numbers(...texts: string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ''))];
}
