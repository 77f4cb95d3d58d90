import fc from 'fast-check';
import type { DiagnosticReport, Observation } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fhirBundle } from '../../../src/lis/fhir/bundle.js';
import { exampleReport } from '../../support/lis/example.js';
import { FhirServer } from '../../support/lis/fhir-server.js';
import { OPTIONS } from '../../support/lis/options.js';
import { reports } from '../../support/lis/reports.js';

// Maven fetches 400 MB for it: only `npm run test:lis:server` asks for it.
describe.skipIf(!process.env.HEMOSERVE_TEST_FHIR_SERVER)(
  "HAPI's FHIR server (npm run test:lis:server)",
  { timeout: 600_000 },
  () => {
    let server: FhirServer;
    beforeAll(async () => {
      server = await FhirServer.start();
    }, 1_800_000);
    afterAll(() => server.stop());

    it('keeps a slide once, however often it is sent, in the state that it has at last', async () => {
      const created = await server.transaction(fhirBundle(exampleReport(), OPTIONS));
      expect(new Set(created)).toEqual(new Set(['201']));
      for (const status of ['complete', 'verified', 'corrected'] as const) {
        const updated = await server.transaction(fhirBundle(exampleReport(status), OPTIONS));
        expect(updated).toEqual(created.map(() => '200'));
      }
      const [report, ...others] = await server.all<DiagnosticReport>('DiagnosticReport');
      const observations = await server.all<Observation & { id: string }>('Observation');
      expect([report?.status, others.length]).toEqual(['corrected', 0]);
      expect(new Set(observations.map(({ status }) => status))).toEqual(new Set(['corrected']));
      // The server has put its own ids in the place of the bundle's.
      const ids = observations.map(({ id }) => `Observation/${id}`);
      expect(report?.result?.map(({ reference }) => reference).toSorted()).toEqual(ids.toSorted());
    });

    it('takes every generated slide, and changes nothing when it is sent again', async () => {
      for (const report of fc.sample(reports, { numRuns: 30, seed: 25 })) {
        const bundle = fhirBundle(report, OPTIONS);
        await server.transaction(bundle);
        expect(await server.transaction(bundle), JSON.stringify(report.slide)).toEqual(
          bundle.entry?.map(() => '200'),
        );
      }
    });
  },
);
