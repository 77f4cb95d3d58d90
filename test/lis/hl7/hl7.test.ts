import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledge, readAcknowledgement } from '../../../src/lis/hl7/acknowledge.js';
import { decodeText, encodeText } from '../../../src/lis/hl7/charset.js';
import { encodeMessage, repeated, segment } from '../../../src/lis/hl7/encode.js';
import { Hl7Error } from '../../../src/lis/hl7/error.js';
import { escapeText, unescapeText } from '../../../src/lis/hl7/escape.js';
import { header } from '../../../src/lis/hl7/header.js';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { fromTimestamp, timestamp } from '../../../src/lis/hl7/time.js';

/** Text as people write it, and as they should not: delimiters, line ends, accents, control characters. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('|', '^', '&', '~', '\\', '\r', '\n', '"', 'é', 'X', '0', '\v', '\x1c'),
  }),
);
const HEADER = {
  sender: { application: 'hemoserve', facility: 'LAB' },
  receiver: { application: 'LIS', facility: 'HOSPITAL' },
  controlId: '1',
  at: '2026-11-24T09:35:00.250Z',
  charset: 'UNICODE UTF-8',
} as const;
const MSH = header({ ...HEADER, type: ['ORU', 'R01', 'ORU_R01'] });

describe('escaping', () => {
  it('writes each delimiter, line end and control character as a sequence', () => {
    expect(escapeText('a|b^c&d~e\\f')).toBe('a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f');
    expect(escapeText('one\r\ntwo\v')).toBe('one\\X0D0A\\two\\X0B\\');
    expect(escapeText('Ünal-Ñ 5 %')).toBe('Ünal-Ñ 5 %');
  });

  it('never leaves what a reader would take as structure, and comes back as it was', () => {
    fc.assert(
      fc.property(text, (value) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
        expect(escapeText(value)).not.toMatch(/[|^&~\x00-\x1f\x7f]/);
        expect(unescapeText(escapeText(value))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads what others send: formatting, highlighting, unknown sequences, a lone escape character', () => {
    expect(unescapeText('a\\.br\\b \\H\\c\\N\\ \\Z1\\ \\XE9\\ d\\')).toBe('a\nb c \\Z1\\ é d\\');
  });
});

describe('messages', () => {
  it('come back from their bytes as they were written, in each character set', () => {
    const latin = fc.string({
      unit: fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code)),
    });
    const written = fc.oneof(
      fc.tuple(fc.constant('UNICODE UTF-8' as const), fc.array(text, { minLength: 4, maxLength: 4 })),
      fc.tuple(fc.constant('8859/1' as const), fc.array(latin, { minLength: 4, maxLength: 4 })),
    );
    fc.assert(
      fc.property(written, ([charset, [a = '', b = '', c = '', d = '']]) => {
        const head = header({ ...HEADER, charset, type: ['ORU', 'R01', 'ORU_R01'] });
        const body = segment('OBX', { 2: a, 4: [b, ['x', c]], 5: repeated('y', d, [undefined, d, '']) });
        const bytes = encodeText(encodeMessage([head, body]), charset);
        const obx = parseMessage(bytes).first('OBX');
        expect([obx?.text(2), obx?.text(4), obx?.text(4, 2, { subcomponent: 2 })]).toEqual([a, b, c]);
        expect(obx?.text(5, 1, { repetition: 1 })).toBe(d);
        expect(obx?.text(5, 2, { repetition: 2 })).toBe(d);
      }),
      { numRuns: 1000 },
    );
  });

  it('have a header with its delimiters, and no separators at the ends', () => {
    const message = encodeMessage([MSH, segment('PID', { 1: 1, 3: ['7', '', ''], 8: undefined })]);
    expect(message).toBe(
      'MSH|^~\\&|hemoserve|LAB|LIS|HOSPITAL|20261124093500+0000||ORU^R01^ORU_R01|1|P|2.5.1|||NE|AL||UNICODE UTF-8\r' +
        'PID|1||7\r',
    );
    expect(parseMessage(message).type).toEqual({ code: 'ORU', event: 'R01', structure: 'ORU_R01' });
  });

  it('are read with the delimiters they declare, and with line feeds', () => {
    const message = parseMessage('MSH#*!/%#A*B\nPID###1*2!3%4*5/F/\r\n\r\nORC#NW\nOBR#1\nORC#NW#""\n');
    const pid = message.first('PID');
    expect([pid?.text(3, 2), pid?.text(3, 1, { repetition: 1, subcomponent: 2 })]).toEqual(['2', '4']);
    expect(pid?.text(3, 2, { repetition: 1 })).toBe('5#');
    expect(message.groups('ORC').map((group) => group.length)).toEqual([2, 1]);
    expect(message.groups('ORC')[1]?.[0]?.text(2)).toBe('');
  });

  it.each([
    ['', 'segment_sequence_error'],
    ['PID|1\r', 'segment_sequence_error'],
    ['MSH|^~\\&|A\rnot a segment\r', 'segment_sequence_error'],
    ['MSH|^~\\&|A\rMSH|^~\\&|B\r', 'segment_sequence_error'],
    ['MSH', 'data_type_error'],
    ['MSH|||A', 'data_type_error'],
    ['MSH|^^\\&|A', 'data_type_error'],
  ])('%j is refused', (message, condition) => {
    expect(() => parseMessage(message)).toThrow(expect.objectContaining({ name: 'Hl7Error', condition }));
  });
});

describe('character sets', () => {
  const head = (charset: string) => `MSH|^~\\&|${'|'.repeat(15)}${charset}|\rPID|||`;

  it('are those that MSH-18 says', () => {
    const polish = Buffer.concat([Buffer.from(head('8859/2')), Buffer.from([0xa3])]);
    expect(parseMessage(polish).first('PID')?.text(3)).toBe('Ł');
    const windows = Buffer.concat([Buffer.from(head('8859/1')), Buffer.from([0x85, 0xe9])]);
    expect(decodeText(windows).endsWith('\u0085é')).toBe(true);
    expect(decodeText(Buffer.from(`${head('')}é`)).endsWith('é')).toBe(true);
  });

  it.each([
    ['UNICODE UTF-8', 'data_type_error'],
    ['', 'data_type_error'],
    ['KS X 1001', 'table_value_not_found'],
    ['8859/99', 'table_value_not_found'],
  ])('bytes that are not %j are refused', (charset, condition) => {
    const bytes = Buffer.concat([Buffer.from(head(charset)), Buffer.from([0xe9, 0x41])]);
    expect(() => decodeText(bytes)).toThrow(
      expect.objectContaining({ condition, segment: 'MSH', field: 18 }),
    );
  });

  it('without a character refuse it; a name is never sent changed', () => {
    expect(() => encodeText('Łódź', '8859/1')).toThrow("'Ł' is not in the character set 8859/1");
    expect(encodeText('é', '8859/1')).toEqual(Buffer.from([0xe9]));
  });
});

describe('acknowledgements', () => {
  it('answer with the control ID, and say what was wrong and where', () => {
    const order = parseMessage('MSH|^~\\&|LIS|H|A|B|||OML^O33^OML_O33|7|P|2.5.1\r');
    const error = new Hl7Error('required_field_missing', 'no specimen', 'SPM', 2);
    const text = acknowledge(order, 'AE', { ...HEADER, controlId: '99' }, error);
    expect(text.split('\r').slice(1)).toEqual([
      'MSA|AE|7',
      'ERR||SPM^1^2|101^Required field missing^HL70357|E||||no specimen',
      '',
    ]);
    expect(readAcknowledgement(parseMessage(text))).toEqual({
      code: 'AE',
      controlId: '7',
      text: '101 Required field missing no specimen',
    });
    expect(readAcknowledgement(order)).toBeUndefined();
  });

  it('are there for a message that could not be read', () => {
    expect(acknowledge(undefined, 'AR', HEADER)).toContain(
      '|ACK^^ACK|1|P|2.5.1|||NE|NE||UNICODE UTF-8\rMSA|AR|UNKNOWN\r',
    );
  });
});

it.each([
  ['20261124093000+0100', '2026-11-24T08:30:00.000Z'],
  ['20261124093000.25-0530', '2026-11-24T15:00:00.250Z'],
  ['202611240930', '2026-11-24T09:30:00.000Z'],
  ['20261124', '2026-11-24T00:00:00.000Z'],
  ['2026', '2026-01-01T00:00:00.000Z'],
  ['20261399', undefined],
  ['yesterday', undefined],
])('the time %s', (written, iso) => {
  expect(fromTimestamp(written)).toBe(iso);
  if (iso) expect(fromTimestamp(timestamp(iso))).toBe(iso.replace(/\.\d+/, '.000'));
});
