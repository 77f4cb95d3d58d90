import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fhirBundle } from '../../src/lis/fhir/bundle.js';
import { type Hl7Message, hl7Message } from '../../src/lis/hl7/messages.js';
import type { LisOptions } from '../../src/lis/options.js';
import { workMessage } from '../../src/lis/orders/work.js';
import type { Order } from '../../src/slides/order.js';
import type { SlideReport } from '../../src/slides/report.js';
import { exampleReport } from '../support/lis/example.js';
import { OPTIONS, publishedCodes } from '../support/lis/options.js';
import { reports } from '../support/lis/reports.js';
import { Validators, whyNoValidators } from '../support/lis/validators.js';
import { codeBlocks, readDocument } from '../support/markdown.js';

/** A sample in CI; `npm run test:lis` takes many, other ones each time. */
const SLIDES = Number(process.env.HEMOSERVE_TEST_SLIDES ?? 25);
const SEED = process.env.HEMOSERVE_TEST_SLIDES ? Date.now() % 1e9 : 25;
const OWN_SYSTEMS = ['urn:hemoserve:code'];

const options: fc.Arbitrary<LisOptions> = fc
  .record({
    codes: fc.constantFrom('unspecified', 'manual', 'automated').map(publishedCodes),
    unverified: fc.constantFrom('P' as const, 'R' as const),
    receiver: fc.constantFrom(OPTIONS.receiver, { application: '', facility: '' }),
  })
  .map(({ unverified, ...some }) => ({ ...OPTIONS, ...some, hl7: { charset: 'UNICODE UTF-8', unverified } }));
const slides = fc.sample(fc.record({ report: reports, options }), { numRuns: SLIDES, seed: SEED });

/** A document with one thing changed, which must be there to be changed. */
function changed(document: string, [from, to]: readonly [string | RegExp, string]): string {
  const other = document.replace(from, () => to);
  expect(other).not.toBe(document);
  return other;
}

/** Whether all documents were found good, with the first one's findings and the slide that it is of. */
function firstRefused(findings: readonly string[][], kinds = 1) {
  const index = findings.findIndex((lines) => lines.length > 0);
  return index < 0 ? undefined : { findings: findings[index], ...slides[Math.floor(index / kinds)] };
}

/** The message that docs/lis.md shows. */
function documentedMessage(): string {
  const block = codeBlocks(readDocument('docs/lis.md')).find(({ text }) => text.startsWith('MSH|'));
  return `${block?.text.replaceAll('\n', '\r')}\r`;
}

if (whyNoValidators) console.warn(`HAPI's validators are not asked: ${whyNoValidators}`);

// One start of Java for each, as it takes longer than the documents do.
describe.skipIf(whyNoValidators)(
  `HAPI's validators, of ${SLIDES} slides (seed ${SEED})`,
  { timeout: 1_800_000 },
  () => {
    let validators: Validators;
    beforeAll(() => {
      validators = Validators.build();
    }, 600_000);

    it('accept every FHIR bundle, and refuse broken ones', () => {
      const bundles = slides.map((one) => fhirBundle(one.report, one.options));
      const example = fhirBundle(exampleReport(), OPTIONS);
      const changes = [
        ['"status":"preliminary"', '"status":"unverified"'],
        ['"code":"26511-6"', '"code":"26511-7"'],
        ['"code":"/100{WBCs}"', '"code":"per 100 WBC"'],
        [
          `"reference":"${example.entry?.[0]?.fullUrl}"`,
          '"reference":"urn:uuid:5ab5aef5-61a8-5a5e-8c57-6b1b4e4d3f10"',
        ],
        ['"method":"PUT"', '"method":"SEND"'],
        ['urn:hemoserve:code', 'urn:nobody:code'],
      ] as const;
      const broken = changes.map((change) => JSON.parse(changed(JSON.stringify(example), change)));
      const findings = validators.fhir([...bundles, example, ...broken], OWN_SYSTEMS);
      expect(firstRefused(findings.slice(0, SLIDES + 1))).toBeUndefined();
      expect(findings.slice(SLIDES + 1).map((lines) => lines.length > 0)).toEqual(broken.map(() => true));
    });

    it.each([
      ['ORU^R01 and OUL^R22', ['ORU_R01', 'OUL_R22']],
      ["IHE LAW's OUL^R22", ['LAW']],
    ] as const)('accept every HL7 message %s, and refuse broken ones', (_, kinds) => {
      const written = ({ report, options: some }: { report: SlideReport; options: LisOptions }) =>
        kinds.map((kind: Hl7Message) => hl7Message(kind, report, some));
      const messages = slides.flatMap(written);
      const examples = written({ report: exampleReport(), options: OPTIONS });
      if (kinds[0] === 'ORU_R01') messages.push(documentedMessage());
      const changes = [
        ['|||P|||', '|||Z|||'],
        ['|NM|', '|XX|'],
        ['|26511-6^', '|26511-7^'],
        ['\\S\\', '^1^2^3^4^5^6^7^8^9^10^11^12^13^14^15^16^'],
        ['\rPID', '\rZZZ|1\rPID'],
        ['\rOBX', '\rMSH|^~\\&\rOBX'],
        ['|P0001^^^HOSPITAL^MR|', '||'],
        ['|2.5.1|', '|2.9.9|'],
      ] as const;
      const broken = examples.flatMap((example) => changes.map((change) => changed(example, change)));
      const findings = validators.hl7([...messages, ...examples, ...broken], { law: kinds[0] === 'LAW' });
      const good = messages.length + examples.length;
      expect(firstRefused(findings.slice(0, good), kinds.length)).toBeUndefined();
      expect(findings.slice(good).map((lines) => lines.length > 0)).toEqual(broken.map(() => true));
    });

    it("accept every OML^O33 that an analyzer is sent by IHE's LAW, and refuse broken ones", () => {
      const at = '2026-11-24T09:35:00.000Z';
      const asker = { application: 'SCOPE', facility: 'LAB' };
      const messages = slides.map(({ report, options: some }) => {
        const { specimenNumber, orderNumber, fillerOrderNumber, patient, collectedAt } = report.slide;
        const order = { specimenNumber, orderNumber, fillerOrderNumber, patient, collectedAt } as Order;
        const orders = orderNumber ? [order, { specimenNumber, orderNumber: 'second' }] : [];
        return workMessage({ asker, controlId: 'Q1', specimenNumber, orders }, 'C1', at, some);
      });
      const [ordered = ''] = messages.filter((message) => message.includes('ORC|NW|'));
      expect(messages.filter((message) => message.includes('ORC|DC|')).length).toBeGreaterThan(0);
      const changes = [
        ['ORC|NW|', 'ORC||'],
        ['|2.5.1|', '|2.9.9|'],
        ['\rSAC', '\rZZZ|1\rSAC'],
      ] as const;
      const broken = changes.map((change) => changed(ordered, change));
      const findings = validators.hl7([...messages, ...broken], { law: true });
      expect(firstRefused(findings.slice(0, messages.length))).toBeUndefined();
      expect(findings.slice(messages.length).map((lines) => lines.length > 0)).toEqual(
        broken.map(() => true),
      );
    });
  },
);
