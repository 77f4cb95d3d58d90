import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { readOrders } from '../../../src/lis/orders/read.js';
import { withOrder } from '../../../src/slides/order.js';

const read = (...segments: string[]) => readOrders(parseMessage([MSH, ...segments, ''].join('\r')));
const MSH = 'MSH|^~\\&|LIS|LAB|hemoserve|LAB|20260101||OML^O33^OML_O33|1|P|2.5.1';
const PID = 'PID|1||X9^^^LAB^PI~4711^^^LAB^MR||O\\T\\Brien^Zoë||19800229|F';
const patient = {
  identifier: '4711',
  familyName: 'O&Brien',
  givenName: 'Zoë',
  birthDate: '1980-02-29',
  sex: 'female',
};

describe('orders', () => {
  it('of OML^O33, by specimen and container, with the patient', () => {
    const spm = 'SPM|1|S1&LIS||BLD|||||||P||||||20260101083000+0100';
    const order = {
      orderNumber: 'O1',
      fillerOrderNumber: 'F1',
      service: { code: 'DIFF', text: 'Differential', system: 'L' },
      patient,
      collectedAt: '2026-01-01T07:30:00.000Z',
    };
    expect(read(PID, spm, 'SAC|||C1', 'ORC|NW|O1|F1', 'OBR|1|O1||DIFF^Differential^L')).toEqual({
      placed: [
        { specimenNumber: 'S1', ...order },
        { specimenNumber: 'C1', ...order },
      ],
      cancelled: [],
    });
  });

  it('of several specimens and orders in one message', () => {
    const { placed } = read(
      PID,
      'SPM|1|S1',
      'ORC|NW|O1',
      'OBR|1',
      'ORC|NW|O2',
      'OBR|2',
      'SPM|2|S2',
      'ORC|NW|O3',
      'OBR|1',
    );
    expect(placed.map(({ specimenNumber, orderNumber }) => [specimenNumber, orderNumber])).toEqual([
      ['S1', 'O1'],
      ['S1', 'O2'],
      ['S2', 'O3'],
    ]);
  });

  it('of ORM^O01 without a specimen, by the numbers of the order', () => {
    expect(read(PID, 'ORC|NW|O1', 'OBR|1|O1|S7').placed[0]?.specimenNumber).toBe('S7');
    expect(read(PID, 'ORC|NW|O1', 'OBR|1|O1').placed[0]?.specimenNumber).toBe('O1');
  });

  it('that no longer stand', () => {
    for (const control of ['CA', 'DC', 'OC']) {
      expect(read('SPM|1|S1', `ORC|${control}|O1`, 'OBR|1')).toEqual({
        placed: [],
        cancelled: [{ specimenNumber: 'S1', orderNumber: 'O1' }],
      });
    }
  });

  it('never take the specimen of the patient before', () => {
    const other = 'PID|2||4712^^^LAB^MR';
    const { placed } = read(PID, 'SPM|1|S1', 'ORC|NW|O1', 'OBR|1', other, 'ORC|NW|O2', 'OBR|1|O2|S2');
    expect(placed[1]).toMatchObject({ specimenNumber: 'S2', patient: { identifier: '4712' } });
  });

  it.each([
    ['no order', [PID], 'segment_sequence_error'],
    ['an order without a number', ['SPM|1|S1', 'ORC|NW', 'OBR|1'], 'required_field_missing'],
    ['an unknown order control', ['SPM|1|S1', 'ORC|ZZ|O1', 'OBR|1'], 'table_value_not_found'],
  ])('are refused: %s', (_, segments, condition) => {
    expect(() => read(...segments)).toThrow(expect.objectContaining({ condition }));
  });
});

describe('a slide with its order', () => {
  const slide = { id: 'a', specimenNumber: 'S1' };
  const other = { identifier: '1', familyName: 'Given' };
  const order = {
    specimenNumber: 'S1',
    orderNumber: 'O1',
    patient: { identifier: '2', givenName: 'Ordered' },
  };

  it('has what the order says and its caller did not', () => {
    expect(withOrder(slide, order)).toEqual({ ...slide, orderNumber: 'O1', patient: order.patient });
    expect(withOrder(slide, undefined)).toBe(slide);
  });

  it("keeps its caller's patient whole", () => {
    expect(withOrder({ ...slide, patient: other }, order).patient).toEqual(other);
  });

  it('takes nothing of another order than its own', () => {
    const own = { ...slide, orderNumber: 'O2' };
    expect(withOrder(own, order)).toEqual(own);
  });
});
