import { createHash, randomUUID } from 'node:crypto';
import type { Order } from '../../slides/order.js';
import type { NewMessage } from '../../store/operations/outbox.js';
import type { AnalyzerDestination } from '../destinations/schema.js';
import { encodeText } from '../hl7/charset.js';
import { encodeMessage, type Segment, segment } from '../hl7/encode.js';
import { Hl7Error } from '../hl7/error.js';
import { header, type Party } from '../hl7/header.js';
import { coded, pid } from '../hl7/segments.js';
import { timestamp } from '../hl7/time.js';
import type { LisOptions } from '../options.js';

/** What an analyzer asked for (IHE LAW, LAB-27). */
export interface WorkQuery {
  /** MSH-3 and MSH-4 of the query. */
  asker: Party;
  /** MSH-10 of the query. */
  controlId: string;
  specimenNumber: string;
  /** What is ordered for the specimen; perhaps nothing. */
  orders: readonly Order[];
}

/**
 * The message for the outbox by which an analyzer is told what to do with the specimen that it asked for (IHE LAW,
 * LAB-28). A repeated query is sent a message with the same control ID.
 *
 * @returns undefined where the one who asked is none of the analyzers.
 */
export function workFor(
  query: WorkQuery,
  analyzers: readonly AnalyzerDestination[],
  options: LisOptions,
  at: string,
): NewMessage | undefined {
  const { application, facility } = query.asker;
  const analyzer = analyzers.find(
    (one) => one.application === application && (one.facility === '' || one.facility === facility),
  );
  if (!analyzer) return undefined;
  const parts = [analyzer.name, query.controlId, query.specimenNumber];
  const controlId = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 20).toUpperCase();
  const message = {
    id: randomUUID(),
    destination: analyzer.name,
    // With a space, so that no slide is called so; none of these holds another one up.
    slideId: `specimen ${query.specimenNumber}`,
    revision: 0,
    controlId,
    contentType: 'x-application/hl7-v2+er7',
  };
  try {
    const body = encodeText(workMessage(query, controlId, at, options), options.hl7.charset).toString(
      'base64',
    );
    return { ...message, body };
  } catch (error) {
    if (!(error instanceof Hl7Error)) throw error;
    return { ...message, body: '', failure: error.message };
  }
}

/** OML^O33 with all orders of the specimen; without one it says so (ORC-1 is DC: the negative query response). */
export function workMessage(
  { asker, specimenNumber, orders }: WorkQuery,
  controlId: string,
  at: string,
  options: LisOptions,
): string {
  const { sender, hl7 } = options;
  const [newest] = orders;
  const head = header({
    ...{ sender, receiver: asker, controlId, at, charset: hl7.charset },
    type: ['OML', 'O33', 'OML_O33'],
    profile: ['LAB-28', 'IHE'],
  });
  return encodeMessage([
    head,
    ...(newest?.patient ? [pid(newest.patient, options)] : []),
    ...(newest
      ? orders.flatMap((order, index) => [
          ...specimenSegments(specimenNumber, index, order.collectedAt),
          ...orderSegments(order, index, at, options),
        ])
      : [...specimenSegments(specimenNumber, 0), segment('ORC', { 1: 'DC', 9: timestamp(at) })]),
  ]);
}

/** Before each order: a second ORC after an OBR could be read as that of an earlier result. */
function specimenSegments(specimenNumber: string, index: number, collectedAt?: string): Segment[] {
  return [
    segment('SPM', {
      1: index + 1,
      2: [[specimenNumber]],
      4: ['BLD', 'Whole blood', 'HL70487'],
      11: ['P', 'Patient', 'HL70369'],
      17: collectedAt && [timestamp(collectedAt)],
    }),
    segment('SAC', { 3: [specimenNumber] }),
  ];
}

function orderSegments(
  { orderNumber, fillerOrderNumber, service }: Order,
  index: number,
  at: string,
  { codes, receiver }: LisOptions,
): Segment[] {
  const placer = [orderNumber, receiver.application];
  return [
    segment('ORC', { 1: 'NW', 2: placer, 3: fillerOrderNumber, 9: timestamp(at) }),
    segment('TQ1', { 9: ['R', undefined, 'HL70485'] }),
    segment('OBR', {
      1: index + 1,
      2: placer,
      3: fillerOrderNumber,
      4: service ? [service.code, service.text, service.system] : coded(codes.of('panel')),
    }),
  ];
}
