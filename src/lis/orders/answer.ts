import type { Order, OrderChanges } from '../../slides/order.js';
import { errorSegment } from '../hl7/acknowledge.js';
import { encodeText } from '../hl7/charset.js';
import { encodeMessage, type Segment, segment } from '../hl7/encode.js';
import { Hl7Error } from '../hl7/error.js';
import { header } from '../hl7/header.js';
import { type ParsedMessage, parseMessage } from '../hl7/parse.js';
import type { LisOptions } from '../options.js';
import { readOrders } from './read.js';
import type { WorkQuery } from './work.js';

/** What messages ask of the orders. */
export interface OrderBook {
  /** Once this resolves the change is durable. */
  change(changes: OrderChanges): Promise<void>;
  /** The last that came first. */
  find(specimenNumber: string): Promise<Order[]>;
  /** Sends an analyzer what it asked for; once this resolves the message is durable. */
  sendWork(query: WorkQuery): Promise<void>;
}

/** The answers by the message that they are to: code, event and structure. */
const ANSWERS: Record<string, readonly [string, string, string]> = {
  'OML^O33': ['ORL', 'O34', 'ORL_O34'],
  'ORM^O01': ['ORR', 'O02', 'ORR_O02'],
  'QBP^Q11': ['RSP', 'K11', 'RSP_K11'],
};

export interface AnswerOptions {
  orders: OrderBook;
  lis: Pick<LisOptions, 'sender' | 'hl7'>;
  newControlId(): string;
}

export interface Answered {
  bytes: Buffer;
  /** MSA-1. */
  code: 'AA' | 'AE' | 'AR';
  /** What was wrong; for the log where it is a fault of the service. */
  error?: unknown;
}

/**
 * Does what a message asks, and answers it: AA once that is durable; AE where its content is wrong; AR where it is no
 * HL7, a message of another kind, or where the fault is ours, so that the sender may repeat it.
 */
export async function answer(bytes: Buffer, options: AnswerOptions): Promise<Answered> {
  let message: ParsedMessage | undefined;
  try {
    message = parseMessage(bytes);
    const more = await act(message, options.orders);
    return { bytes: reply(message, 'AA', options, more), code: 'AA' };
  } catch (error) {
    const known = error instanceof Hl7Error ? error : new Hl7Error('internal_error', 'the service failed');
    const isContent = message !== undefined && kindOf(message) in ANSWERS && known === error;
    const code = isContent ? 'AE' : 'AR';
    return { bytes: reply(message ?? headerOnly(bytes), code, options, [errorSegment(known)]), code, error };
  }
}

/** @returns the segments of the answer after its MSA. */
async function act(message: ParsedMessage, orders: OrderBook): Promise<Segment[]> {
  const kind = kindOf(message);
  if (!message.controlId) throw new Hl7Error('required_field_missing', 'no control ID', 'MSH', 10);
  if (kind === 'OML^O33' || kind === 'ORM^O01') {
    await orders.change(readOrders(message));
    return [];
  }
  if (kind === 'QBP^Q11') return answerQuery(message, orders);
  throw new Hl7Error('unsupported_message_type', `messages ${kind} are not taken`, 'MSH', 9);
}

/** IHE LAW's query by an analyzer, LAB-27: whether there is an order for a specimen. The order itself follows, LAB-28. */
async function answerQuery(message: ParsedMessage, orders: OrderBook): Promise<Segment[]> {
  const qpd = message.first('QPD');
  const specimen = qpd?.text(3) ?? '';
  if (!qpd || !specimen) {
    throw new Hl7Error('required_field_missing', 'the query names no specimen', 'QPD', 3);
  }
  const found = await orders.find(specimen);
  const { header: msh, controlId } = message;
  const asker = { application: msh.text(3), facility: msh.text(4) };
  await orders.sendWork({ asker, controlId, specimenNumber: specimen, orders: found });
  const name = [qpd.text(1), qpd.text(1, 2), qpd.text(1, 3)];
  const tag = qpd.text(2);
  return [
    segment('QAK', { 1: tag, 2: found.length > 0 ? 'OK' : 'NF', 3: name }),
    segment('QPD', { 1: name, 2: tag, 3: specimen }),
  ];
}

function reply(
  received: ParsedMessage | undefined,
  code: Answered['code'],
  { lis, newControlId }: AnswerOptions,
  rest: Segment[],
): Buffer {
  const msh = received?.header;
  const head = header({
    sender: lis.sender,
    receiver: { application: msh?.text(3) ?? '', facility: msh?.text(4) ?? '' },
    type: (received && ANSWERS[kindOf(received)]) ?? ['ACK', received?.type.event ?? '', 'ACK'],
    controlId: newControlId(),
    at: new Date().toISOString(),
    charset: lis.hl7.charset,
    acknowledgements: ['NE', 'NE'],
  });
  // Without a control ID to name, the sender still learns that it was not taken.
  const msa = segment('MSA', { 1: code, 2: received?.controlId || 'UNKNOWN' });
  return encodeText(encodeMessage([head, msa, ...rest]), lis.hl7.charset);
}

/** The header of a message whose rest cannot be read, so that its answer names it. */
function headerOnly(bytes: Buffer): ParsedMessage | undefined {
  try {
    return parseMessage(bytes.toString('latin1').split(/[\r\n]/, 1)[0] ?? '');
  } catch {
    return undefined;
  }
}

function kindOf({ type }: ParsedMessage): string {
  return `${type.code}^${type.event}`;
}
