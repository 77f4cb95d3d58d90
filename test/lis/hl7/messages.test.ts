import { describe, expect, it } from 'vitest';
import { encodeText } from '../../../src/lis/hl7/charset.js';
import { HL7_MESSAGES, hl7Message } from '../../../src/lis/hl7/messages.js';
import { parseMessage } from '../../../src/lis/hl7/parse.js';
import { exampleReport, WITHOUT_WHITE_CELLS } from '../../support/lis/example.js';
import { OPTIONS } from '../../support/lis/options.js';

const lines = (...args: Parameters<typeof hl7Message>) =>
  hl7Message(...args)
    .split('\r')
    .slice(0, -1);
const names = (messageLines: string[]) => messageLines.map((line) => line.slice(0, 3)).join(' ');

describe('a slide as ORU^R01', () => {
  it('has its patient, order, remarks, each figure with n and limits, and its specimen', () => {
    expect(lines('ORU_R01', exampleReport(), OPTIONS)).toEqual([
      expect.stringMatching(
        /^MSH\|\^~\\&\|hemoserve\|LAB\|LIS\|HOSPITAL\|20261124093500\+0000\|\|ORU\^R01\^ORU_R01\|[0-9A-F]{20}\|P\|2\.5\.1\|\|\|NE\|AL\|\|UNICODE UTF-8$/,
      ),
      "PID|1||P0001^^^HOSPITAL^MR||O'Brien\\S\\Łódź^Zoë^^^^^L||19800229|F",
      'ORC|RE|ORD\\S\\1^LIS|slide-1^hemoserve||IP',
      'OBR|1|ORD\\S\\1^LIS|slide-1^hemoserve|69738-3^Differential panel, method unspecified - Blood^LN|||20261124073000+0000' +
        '|||||||||||||||20261124093500+0000||HM|R',
      'NTE|1|L|Preclassification by inceptionv3 2.0.0, not yet verified.|RE^Remark^HL70364',
      'OBX|1|NM|26511-6^Neutrophils/100 leukocytes in Blood^LN||90|%^^UCUM|40-75|H|||P|||20261124073000+0000' +
        '||||inceptionv3 2.0.0~scope-3|20261124093400+0000',
      'NTE|1|L|90 of 100 white cells; 95 % confidence limits 82.4 to 95.1|RE^Remark^HL70364',
      expect.stringContaining('|26450-7^Eosinophils/100 leukocytes in Blood^LN||10|%^^UCUM|0-12|N|||P|'),
      'NTE|1|L|10 of 100 white cells; 95 % confidence limits 4.9 to 17.6|RE^Remark^HL70364',
      expect.stringContaining(
        '|19048-8^Nucleated erythrocytes/100 leukocytes [Ratio] in Blood^LN||6|/100{WBCs}^^UCUM|0-0|A|||P|',
      ),
      'NTE|1|L|6 beside 100 white cells|RE^Remark^HL70364',
      expect.stringContaining(
        '|platelets-counted^Platelets counted in the images^99HEM||9|{cells}^^UCUM|||||P|',
      ),
      expect.stringContaining(
        '|white-cells-counted^White cells counted^99HEM||100|{cells}^^UCUM|>=100|N|||P|',
      ),
      expect.stringContaining('|unidentified-cells^Unidentified cells^99HEM||0|{cells}^^UCUM|0-0|N|||P|'),
      'SPM|1|S\\F\\0001&LIS||BLD^Whole blood^HL70487|||||||P^Patient^HL70369||||||20261124073000+0000',
    ]);
  });

  it('without white cells has no percentages, and says so', () => {
    const message = lines('ORU_R01', exampleReport('complete', WITHOUT_WHITE_CELLS), OPTIONS);
    expect(message.filter((line) => line.startsWith('OBX'))).toEqual([
      expect.stringContaining('|26511-6^Neutrophils/100 leukocytes in Blood^LN|||%^^UCUM|40-75||||X|'),
      expect.stringContaining('|platelets-counted^'),
      expect.stringContaining('|white-cells-counted^White cells counted^99HEM||0|{cells}^^UCUM|>=100|L|||P|'),
      expect.stringContaining('|unidentified-cells^Unidentified cells^99HEM||3|{cells}^^UCUM|0-0|A|||P|'),
    ]);
    expect(message).toContainEqual(
      expect.stringContaining('Insufficient: 0 white cells counted, fewer than 100.'),
    );
    expect(message).toContainEqual(
      expect.stringContaining('Unidentified cells that a person must look at: 3.'),
    );
  });

  it('ends with the estimates, under codes of their own, each with a note that says what it is', () => {
    const adjusted = [
      { class: 'neutrophil', value: 88.04, lower95: 80.06, upper95: 94 },
      { class: 'blast', value: 1, lower95: 0, upper95: 2.5 },
    ];
    const message = lines('ORU_R01', exampleReport('complete', { adjusted }), OPTIONS);
    expect(message.slice(-5, -1)).toEqual([
      "OBX|7|NM|neutrophil-adjusted^Neutrophils/100 leukocytes, estimate adjusted for the model's confusions^99HEM" +
        '||88|%^^UCUM|||||P|||20261124073000+0000||||inceptionv3 2.0.0~scope-3|20261124093400+0000',
      "NTE|1|L|Estimate adjusted for the model's own confusions, not the counted figure of 90 %; " +
        '95 % confidence limits 80.1 to 94|RE^Remark^HL70364',
      expect.stringMatching(
        /^OBX\|8\|NM\|blast-adjusted\^blast-adjusted\^99HEM\|\|1\|%\^\^UCUM\|\|\|\|\|P\|/,
      ),
      "NTE|1|L|Estimate adjusted for the model's own confusions, not the counted figure; " +
        '95 % confidence limits 0 to 2.5|RE^Remark^HL70364',
    ]);
    // What was counted is as it was without them.
    const without = lines('ORU_R01', exampleReport(), OPTIONS);
    expect([...message.slice(1, -5), message.at(-1)]).toEqual(without.slice(1));
  });

  it('reports a count of leukocytes only where it was corrected', () => {
    const counted = (corrected: boolean) =>
      lines(
        'ORU_R01',
        exampleReport('complete', { whiteBloodCells: { given: 12, value: 11.3208, corrected } }),
        OPTIONS,
      );
    expect(counted(true)).toContainEqual(
      expect.stringContaining('|26464-8^Leukocytes [#/volume] in Blood^LN||11.32|10*9/L^'),
    );
    expect(counted(true)).toContainEqual(
      expect.stringContaining('corrected for erythroblasts; uncorrected: 12 x10*9/L'),
    );
    expect(counted(false)).not.toContainEqual(expect.stringContaining('26464-8'));
  });
});

describe('the structure of', () => {
  it('OUL^R22', () => {
    expect(names(lines('OUL_R22', exampleReport(), OPTIONS))).toBe(
      'MSH PID SPM SAC OBR ORC NTE OBX NTE OBX NTE OBX NTE OBX OBX OBX',
    );
  });

  it('LAW, whose remarks stand with the first figure, and whose order may be unknown', () => {
    const report = exampleReport();
    const { orderNumber: _, ...slide } = report.slide;
    const message = lines('LAW', { ...report, slide }, OPTIONS);
    expect(names(message)).toBe('MSH PID SPM SAC OBR ORC TQ1 OBX NTE NTE OBX NTE OBX NTE OBX OBX OBX');
    expect(message[0]).toMatch(/\|UNICODE UTF-8\|\|\|LAB-29\^IHE$/);
    expect(message[4]).toMatch(/^OBR\|1\|""\|slide-1\^hemoserve\|/);
    expect(message[7]).toMatch(/\|1\|90\|%\^\^UCUM\|40-75\|H\^\^HL70078\|\|\|P\|.*\|\|\|\|\|\|\|\|\|\|RSLT$/);
  });

  it('a message without a patient has no PID, one without a name says that it is not known', () => {
    expect(names(lines('ORU_R01', exampleReport('complete', {}, false), OPTIONS))).toMatch(/^MSH ORC/);
    const report = exampleReport();
    const unnamed = { ...report, slide: { ...report.slide, patient: { identifier: 'P1' } } };
    expect(lines('ORU_R01', unnamed, OPTIONS)[1]).toBe('PID|1||P1^^^HOSPITAL^MR||^^^^^^U');
  });
});

describe.each(HL7_MESSAGES)('the state in %s', (kind) => {
  const states = (report: ReturnType<typeof exampleReport>, unverified: 'P' | 'R' = 'P') => {
    const message = parseMessage(
      hl7Message(kind, report, { ...OPTIONS, hl7: { ...OPTIONS.hl7, unverified } }),
    );
    const obx = message.groups('OBX').map(([segment]) => segment?.text(11));
    return [message.first('ORC')?.text(5), message.first('OBR')?.text(25), ...new Set(obx)];
  };

  it.each([
    ['open', ['IP', 'R', 'P']],
    ['complete', ['IP', 'R', 'P']],
    ['verified', ['CM', 'F', 'F']],
    ['corrected', ['CM', 'C', 'C']],
  ] as const)('of a slide that is %s', (status, expected) => {
    expect(states(exampleReport(status))).toEqual(expected);
  });

  it('can be R for what is not verified', () => {
    expect(states(exampleReport(), 'R')).toEqual(['IP', 'R', 'R']);
    expect(states(exampleReport('verified'), 'R')).toEqual(['CM', 'F', 'F']);
  });

  it('names who verified', () => {
    const message = parseMessage(hl7Message(kind, exampleReport('verified'), OPTIONS));
    const obr = message.first('OBR');
    expect([obr?.text(32), obr?.text(32, 1, { subcomponent: 2 })]).toEqual(['4711', 'Núñez & Söhne']);
    expect(message.first('OBX')?.text(16, 2)).toBe('Núñez & Söhne');
  });
});

describe('the control ID', () => {
  const id = (kind: (typeof HL7_MESSAGES)[number], report = exampleReport()) =>
    parseMessage(hl7Message(kind, report, OPTIONS)).controlId;

  it('is the same on repeats, and another one for another message or once the slide has changed', () => {
    expect(id('ORU_R01')).toBe(id('ORU_R01'));
    const changed = exampleReport();
    changed.slide.cropCount += 1;
    const all = [
      id('ORU_R01'),
      id('OUL_R22'),
      id('LAW'),
      id('ORU_R01', exampleReport('verified')),
      id('ORU_R01', changed),
    ];
    expect(new Set(all).size).toBe(5);
  });
});

it('a name that the character set lacks is refused when bytes are made', () => {
  const latin = { ...OPTIONS, hl7: { charset: '8859/1', unverified: 'P' } } as const;
  const message = hl7Message('ORU_R01', exampleReport(), latin);
  expect(message).toContain('||8859/1\r');
  expect(() => encodeText(message, '8859/1')).toThrow("'Ł' is not in the character set 8859/1");
  const anonymous = hl7Message('ORU_R01', exampleReport('verified', {}, false), latin);
  expect(parseMessage(encodeText(anonymous, '8859/1')).first('OBX')?.text(16, 2)).toBe('Núñez & Söhne');
});
