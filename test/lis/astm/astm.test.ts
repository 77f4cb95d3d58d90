import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACK,
  astmFrames,
  checksum,
  ENQ,
  EOT,
  ETB,
  ETX,
  NAK,
  readFrame,
  STX,
} from '../../../src/lis/astm/frames.js';
import { astmMessage } from '../../../src/lis/astm/message.js';
import { exampleReport, WITHOUT_WHITE_CELLS } from '../../support/lis/example.js';
import { OPTIONS } from '../../support/lis/options.js';
import { anyText, reports } from '../../support/lis/reports.js';

const lines = (...args: Parameters<typeof astmMessage>) =>
  astmMessage(...args)
    .split('\r')
    .slice(0, -1);

/** A reader of records that shares nothing with the writer. */
function read(message: string): { type: string; fields: string[][] }[] {
  const plain = (text: string) =>
    text.replace(/&(?:([FSRE])|X([0-9A-F]{2}))&/g, (_, letter: string, hex: string) =>
      letter
        ? { F: '|', S: '^', R: '\\', E: '&' }[letter as 'F']
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return message
    .split('\r')
    .slice(0, -1)
    .map((line) => {
      const fields = line.split('|').map((field) => field.split('^').map(plain));
      return { type: line[0] as string, fields };
    });
}

describe('a slide in the records of LIS2-A2', () => {
  it('has header, patient, order, remarks, each figure with n and limits, terminator', () => {
    expect(lines(exampleReport(), OPTIONS)).toEqual([
      expect.stringMatching(
        /^H\|\\\^&\|[0-9A-F]{20}\|\|hemoserve\^0\.1\.0\|\|\|\|\|LIS\|\|P\|LIS2-A2\|20261124093500\+0000$/,
      ),
      "P|1||P0001||O'Brien&S&Łódź^Zoë||19800229|F",
      'O|1|S&F&0001||^^^69738-3|R||20261124073000+0000||||||||Blood|||ORD&S&1||slide-1||20261124093500+0000|||P',
      'C|1|I|Preclassification by inceptionv3 2.0.0, not yet verified.|G',
      'R|1|^^^26511-6|90|%|40 to 75|H||P|||20261124073000+0000|20261124093400+0000|scope-3^inceptionv3 2.0.0',
      'C|1|I|90 of 100 white cells; 95 % confidence limits 82.4 to 95.1|G',
      expect.stringMatching(/^R\|2\|\^\^\^26450-7\|10\|%\|0 to 12\|N\|\|P\|/),
      'C|1|I|10 of 100 white cells; 95 % confidence limits 4.9 to 17.6|G',
      expect.stringMatching(/^R\|3\|\^\^\^19048-8\|6\|\/100\{WBCs\}\|0 to 0\|A\|\|P\|/),
      'C|1|I|6 beside 100 white cells|G',
      expect.stringMatching(/^R\|4\|\^\^\^platelets-counted\|9\|\{cells\}\|\|\|\|P\|/),
      expect.stringMatching(/^R\|5\|\^\^\^white-cells-counted\|100\|\{cells\}\|>=100\|N\|\|P\|/),
      expect.stringMatching(/^R\|6\|\^\^\^unidentified-cells\|0\|\{cells\}\|0 to 0\|N\|\|P\|/),
      'L|1|N',
    ]);
  });

  it('ends with the estimates, each with a comment that says what it is', () => {
    const adjusted = [{ class: 'neutrophil', value: 88.04, lower95: 80.06, upper95: 94 }];
    const message = lines(exampleReport('complete', { adjusted }), OPTIONS);
    expect(message.slice(-3)).toEqual([
      'R|7|^^^neutrophil-adjusted|88|%||||P|||20261124073000+0000|20261124093400+0000|scope-3^inceptionv3 2.0.0',
      "C|1|I|Estimate adjusted for the model's own confusions, not the counted figure of 90 %; " +
        '95 % confidence limits 80.1 to 94|G',
      'L|1|N',
    ]);
    expect([...message.slice(1, -3), 'L|1|N']).toEqual(lines(exampleReport(), OPTIONS).slice(1));
  });

  it.each([
    ['complete', 'P', 'P'],
    ['verified', 'F', 'V'],
    ['corrected', 'C', 'C'],
  ] as const)('says that it is %s', (status, ofOrder, ofResults) => {
    const records = read(astmMessage(exampleReport(status), OPTIONS));
    const field = (type: string, number: number) =>
      new Set(
        records.filter((record) => record.type === type).map((record) => record.fields[number - 1]?.[0]),
      );
    expect([...field('O', 26), ...field('R', 9)]).toEqual([ofOrder, ofResults]);
  });

  it('without white cells has no percentages', () => {
    const message = lines(exampleReport('complete', WITHOUT_WHITE_CELLS, false), OPTIONS);
    expect(message[1]).toBe('P|1');
    expect(message).toContainEqual(expect.stringMatching(/^R\|1\|\^\^\^26511-6\|\|%\|40 to 75\|\|\|X\|/));
  });

  it('is read again as it was, whatever the names', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const { slide, verifications, differential } = report;
        const records = read(astmMessage(report, OPTIONS));
        const [header, patient, order] = records;
        expect(records.map(({ type }) => type).join('')).toMatch(/^HPOC+(RC?)+L$/);
        expect(header?.fields[1]).toEqual(['\\', '&']);
        expect([patient?.fields[3]?.[0] ?? '', order?.fields[2]?.[0]]).toEqual([
          slide.patient?.identifier ?? '',
          slide.specimenNumber,
        ]);
        const by = differential.status === 'preliminary' ? undefined : verifications.at(-1)?.by.name;
        for (const { type, fields } of records) {
          if (type === 'R') expect(fields[10]?.[1]).toBe(by);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('frames', () => {
  it('have their number, ETX or ETB, and checksum', () => {
    expect(checksum(Buffer.from('1H|\\^&||||||||||P||\r\x03', 'latin1'))).toBe('05');
    expect(checksum(Buffer.from('3L|1|N\r\x03', 'latin1'))).toBe('06');
    const [first, second] = astmFrames(`L|1|N\r${'x'.repeat(300)}\r`);
    expect(first?.toString('latin1')).toBe('\x021L|1|N\r\x0304\r\n');
    expect(second?.length).toBe(240 + 7);
    expect(second?.at(-5)).toBe(ETB);
  });

  it('give the message again, in each character set, and a damaged one is seen', () => {
    const message = fc.array(fc.oneof(anyText, fc.string({ minLength: 200, maxLength: 800 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, place, change) => {
        const text = records.map((record) => `${record.replaceAll(/\p{Cc}/gu, ' ')}\r`).join('');
        const frames = astmFrames(text);
        const parts = frames.map((frame) => readFrame(frame));
        expect(Buffer.concat(parts.map((part) => part?.text ?? Buffer.alloc(0))).toString()).toBe(text);
        expect(parts.map((part) => part?.number)).toEqual(frames.map((_, index) => (index + 1) % 8));
        expect(parts.filter((part) => part?.goesOn === false)).toHaveLength(records.length);
        const damaged = Buffer.from(frames[0] as Buffer);
        const at = place % damaged.length;
        damaged[at] = (damaged[at] as number) ^ change;
        const lowerCase =
          damaged.toString('latin1').toUpperCase() === frames[0]?.toString('latin1').toUpperCase();
        if (!lowerCase) expect(readFrame(damaged)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
    expect(astmFrames('é\r', 'latin1')[0]?.[2]).toBe(0xe9);
    expect([ENQ, ACK, NAK, EOT, STX, ETX]).toEqual([5, 6, 0x15, 4, 2, 3]);
  });
});
