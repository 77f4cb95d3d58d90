import { describe, expect, it } from 'vitest';
import type { AnalyzerDestination } from '../../../src/lis/destinations/schema.js';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { type WorkQuery, workFor, workMessage } from '../../../src/lis/orders/work.js';
import type { Order } from '../../../src/slides/order.js';
import { OPTIONS } from '../../support/lis/options.js';

const AT = '2026-11-24T09:35:00.000Z';
const order: Order = {
  specimenNumber: 'S|1',
  orderNumber: 'O1',
  fillerOrderNumber: 'F1',
  service: { code: 'DIFF', text: 'Differential', system: 'L' },
  patient: { identifier: 'P1', familyName: 'Łódź', givenName: 'Zoë' },
  collectedAt: '2026-11-24T08:30:00Z',
};
const query = (orders: Order[], rest: Partial<WorkQuery> = {}): WorkQuery => ({
  asker: { application: 'SCOPE', facility: 'LAB' },
  ...{ controlId: 'Q1', specimenNumber: 'S|1', orders, ...rest },
});
const analyzer = (name: string, rest: Partial<AnalyzerDestination> = {}) =>
  ({ name, type: 'analyzer', application: 'SCOPE', facility: '', ...rest }) as AnalyzerDestination;

describe('what an analyzer is sent after its query (LAB-28)', () => {
  const lines = (orders: Order[]) => workMessage(query(orders), 'C1', AT, OPTIONS).split('\r').slice(0, -1);

  it("is an OML^O33 with each order of the specimen, in the LIS's code or else as the panel", () => {
    expect(lines([order, { specimenNumber: 'S|1', orderNumber: 'O2' }])).toEqual([
      'MSH|^~\\&|hemoserve|LAB|SCOPE|LAB|20261124093500+0000||OML^O33^OML_O33|C1|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-28^IHE',
      'PID|1||P1^^^HOSPITAL^MR||Łódź^Zoë^^^^^L',
      'SPM|1|S\\F\\1||BLD^Whole blood^HL70487|||||||P^Patient^HL70369||||||20261124083000+0000',
      'SAC|||S\\F\\1',
      'ORC|NW|O1^LIS|F1||||||20261124093500+0000',
      'TQ1|||||||||R^^HL70485',
      'OBR|1|O1^LIS|F1|DIFF^Differential^L',
      'SPM|2|S\\F\\1||BLD^Whole blood^HL70487|||||||P^Patient^HL70369',
      'SAC|||S\\F\\1',
      'ORC|NW|O2^LIS|||||||20261124093500+0000',
      'TQ1|||||||||R^^HL70485',
      'OBR|2|O2^LIS||69738-3^Differential panel, method unspecified - Blood^LN',
    ]);
  });

  it('says with ORC-1 DC that nothing is ordered', () => {
    expect(lines([]).slice(1)).toEqual([
      'SPM|1|S\\F\\1||BLD^Whole blood^HL70487|||||||P^Patient^HL70369',
      'SAC|||S\\F\\1',
      'ORC|DC||||||||20261124093500+0000',
    ]);
  });

  it('goes to the analyzer that asked, and to nobody else', () => {
    const analyzers = [
      analyzer('a', { facility: 'OTHER' }),
      analyzer('b'),
      analyzer('c', { application: 'X' }),
    ];
    const sent = workFor(query([order]), analyzers, OPTIONS, AT);
    expect(sent).toMatchObject({ destination: 'b', slideId: 'specimen S|1', revision: 0 });
    expect(parseMessage(Buffer.from(sent?.body ?? '', 'base64')).controlId).toBe(sent?.controlId);
    const stranger = query([order], { asker: { application: 'LIS', facility: 'LAB' } });
    expect(workFor(stranger, analyzers, OPTIONS, AT)).toBeUndefined();
  });

  it('has the same control ID on a repeated query, and another one on a new query', () => {
    const id = (rest: Partial<WorkQuery> = {}) =>
      workFor(query([order], rest), [analyzer('a')], OPTIONS, AT)?.controlId;
    expect(id()).toBe(id());
    expect(new Set([id(), id({ controlId: 'Q2' }), id({ specimenNumber: 'S2' })]).size).toBe(3);
  });

  it('that the character set lacks is a dead letter from the start', () => {
    const latin = { ...OPTIONS, hl7: { charset: '8859/1', unverified: 'P' } } as const;
    expect(workFor(query([order]), [analyzer('a')], latin, AT)).toMatchObject({
      body: '',
      failure: "'Ł' is not in the character set 8859/1",
    });
  });
});
