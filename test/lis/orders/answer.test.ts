import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { answer } from '../../../src/lis/orders/answer.js';
import type { WorkQuery } from '../../../src/lis/orders/work.js';
import type { Order, OrderChanges } from '../../../src/slides/order.js';

const PID = 'PID|1||4711^^^LAB^MR||Müller';
const message = (type: string, ...segments: string[]) =>
  Buffer.from(
    [`MSH|^~\\&|LIS|LAB|hemoserve|LAB|20260101||${type}|X1|P|2.5.1||||||UNICODE UTF-8`, ...segments, ''].join(
      '\r',
    ),
  );

describe('answers to messages of a LIS', () => {
  const changes: OrderChanges[] = [];
  const work: WorkQuery[] = [];
  const known: Order = { specimenNumber: 'S1', orderNumber: 'O1' };
  const ask = async (bytes: Buffer, change = async (one: OrderChanges) => void changes.push(one)) => {
    const answered = await answer(bytes, {
      orders: {
        change,
        find: async (number) => (number === 'S1' ? [known] : []),
        sendWork: async (query) => void work.push(query),
      },
      lis: {
        sender: { application: 'hemoserve', facility: 'LAB' },
        hl7: { charset: 'UNICODE UTF-8', unverified: 'P' },
      },
      newControlId: () => 'A1',
    });
    return { ...answered, message: parseMessage(answered.bytes) };
  };
  const codes = ({ message: { segments } }: Awaited<ReturnType<typeof ask>>) =>
    segments
      .filter(({ name }) => name !== 'MSH')
      .map((one) => `${one.name} ${one.text(1)} ${one.text(2)} ${one.text(3)}`);

  it.each([
    ['OML^O33^OML_O33', 'ORL^O34^ORL_O34'],
    ['ORM^O01^ORM_O01', 'ORR^O02^ORR_O02'],
  ])('%s is acknowledged by %s once the order is kept', async (type, answerType) => {
    changes.length = 0;
    const answered = await ask(message(type, PID, 'SPM|1|S1', 'ORC|NW|O1', 'OBR|1|O1'));
    expect(codes(answered)).toEqual(['MSA AA X1 ']);
    const { code, event, structure } = answered.message.type;
    expect([code, event, structure].join('^')).toBe(answerType);
    expect(answered.message.header.text(5)).toBe('LIS');
    expect(changes).toHaveLength(1);
  });

  it('a query of LAW is told whether there is an order', async () => {
    const qpd = (specimen: string) => `QPD|WOS^Work Order Step^IHE_LABTF|T1|${specimen}`;
    const rcp = 'RCP|I||R';
    const found = await ask(message('QBP^Q11^QBP_Q11', qpd('S1'), rcp));
    expect(found.message.type).toEqual({ code: 'RSP', event: 'K11', structure: 'RSP_K11' });
    expect(codes(found)).toEqual(['MSA AA X1 ', 'QAK T1 OK WOS', 'QPD WOS T1 S1']);
    const missing = await ask(message('QBP^Q11^QBP_Q11', qpd('S2'), rcp));
    expect(codes(missing)).toEqual(['MSA AA X1 ', 'QAK T1 NF WOS', 'QPD WOS T1 S2']);
    const asker = { application: 'LIS', facility: 'LAB' };
    expect(work).toEqual([
      { asker, controlId: 'X1', specimenNumber: 'S1', orders: [known] },
      { asker, controlId: 'X1', specimenNumber: 'S2', orders: [] },
    ]);
  });

  it.each<[string, Buffer, string, string]>([
    ['what is no HL7', Buffer.from('hello'), 'MSA AR UNKNOWN ', '100'],
    ['a broken segment', message('OML^O33^OML_O33', 'nonsense'), 'MSA AR X1 ', '100'],
    [
      'an unknown character set',
      Buffer.from(`MSH|^~\\&|||||||OML^O33|X1|P|2.5.1||||||GB 18030\r`),
      'MSA AR X1 ',
      '103',
    ],
    ['another message', message('ADT^A01^ADT_A01', PID), 'MSA AR X1 ', '200'],
    [
      'an order without its number',
      message('OML^O33^OML_O33', 'SPM|1|S1', 'ORC|NW', 'OBR|1'),
      'MSA AE X1 ',
      '101',
    ],
    ['a query without a specimen', message('QBP^Q11^QBP_Q11', 'QPD|WOS|T1'), 'MSA AE X1 ', '101'],
  ])('%s is refused, with the reason in an ERR segment', async (_, bytes, msa, condition) => {
    const answered = await ask(bytes);
    const [first, second] = codes(answered);
    expect(first).toBe(msa);
    expect(second).toMatch(new RegExp(`^ERR .* ${condition}$`));
    expect(answered.message.type.code).toMatch(/ACK|ORL|RSP/);
  });

  it('a fault of ours is AR, so that the sender repeats it, and says nothing of it', async () => {
    const answered = await ask(message('OML^O33^OML_O33', 'SPM|1|S1', 'ORC|NW|O1', 'OBR|1'), async () => {
      throw new Error('disk full of Müller');
    });
    expect(codes(answered)).toEqual(['MSA AR X1 ', expect.stringMatching(/^ERR .*207$/)]);
    expect(answered.bytes.toString()).not.toContain('Müller');
    expect(answered.error).toMatchObject({ message: 'disk full of Müller' });
  });
});
