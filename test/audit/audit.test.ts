import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLog } from '../../src/audit/audit-log.js';
import { addKey } from '../../src/auth/keys-file.js';
import { readFixture, upload } from '../support/fixtures.js';
import { imageForm } from '../support/service.js';
import { type SlideService, startSlideService } from '../support/slide-service.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemoserve-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const today = () => `audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
const sha256 = (path: string) => createHash('sha256').update(readFixture(path)).digest('hex');

/** The records of all days. */
function records(auditDir: string) {
  return readdirSync(auditDir)
    .flatMap((name) => readFileSync(join(auditDir, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line));
}

describe('the audit', () => {
  it('has a line for each image and each verification', { timeout: 120_000 }, async () => {
    const auditDir = join(folder, 'audit');
    const keysFile = join(folder, 'keys.json');
    const key = await addKey(keysFile, { name: 'DM96', scopes: ['classify', 'verify'] });
    const service: SlideService = await startSlideService({ auditDir, keysFile });
    const headers = { authorization: `Bearer ${key}` };
    const files = [upload('cells/ig.jpg'), new File(['no image'], 'patient-4711.jpg')];
    const classify = (requestId: string, accept: string) =>
      service.ask('/v1/classify', {
        method: 'POST',
        body: imageForm(files),
        headers: { ...headers, accept, 'x-request-id': requestId },
      });
    const { json } = await classify('as-json', 'application/json');
    await classify('as-lines', 'application/x-ndjson');
    const data = [readFixture('cells/ig.jpg').toString('base64')];
    const inputs = [{ name: 'images', datatype: 'BYTES', shape: [1], data }];
    const inferred = await service.post(
      '/v2/models/small/infer',
      { inputs },
      { ...headers, 'x-request-id': 'v2' },
    );
    expect(inferred.status).toBe(200);
    await service.post('/v1/slides', { id: 's', specimenNumber: 'S1' }, headers);
    const crop = upload('cells/ig.jpg');
    for (const repeat of [1, 2])
      expect((await service.crops('s', [crop], headers)).status, `${repeat}`).toBe(200);
    await service.post('/v1/slides/s/complete', undefined, headers);
    const corrections = [{ crop: sha256('cells/ig.jpg'), class: 'monocyte' }];
    const verification = { by: { name: 'Ada Lovelace' }, corrections };
    expect((await service.post('/v1/slides/s/verify', verification, headers)).status).toBe(200);
    expect(await service.request('/metrics').then(({ status }) => status)).toBe(401);
    await service.close();

    const written = records(auditDir);
    const { class: name, probability } = json.results[0];
    const ok = {
      event: 'image',
      caller: { key: 'DM96' },
      sha256: sha256('cells/ig.jpg'),
      model: { name: 'small', version: '1.0.0' },
      result: { class: name, probability },
    };
    const bad = {
      event: 'image',
      sha256: createHash('sha256').update('no image').digest('hex'),
      error: 'not_an_image',
    };
    for (const requestId of ['as-json', 'as-lines']) {
      expect(written.filter((record) => record.requestId === requestId)).toHaveLength(2);
      expect(written).toContainEqual(expect.objectContaining({ ...ok, requestId }));
      expect(written).toContainEqual(expect.objectContaining({ ...bad, requestId }));
    }
    expect(written).toContainEqual(expect.objectContaining({ ...ok, requestId: 'v2' }));
    // A crop that is answered again is written again.
    expect(written.filter(({ event, sha256: hash }) => event === 'image' && hash === ok.sha256)).toHaveLength(
      5,
    );
    expect(written.at(-1)).toMatchObject({
      event: 'verification',
      caller: { key: 'DM96' },
      slide: 's',
      status: 'verified',
      // Whoever the body says it is.
      by: { name: 'DM96' },
      corrections,
      models: ['small@1.0.0'],
    });
    const times = written.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    const all = JSON.stringify(written);
    for (const secret of [key, 'patient-4711', 'S1']) expect(all).not.toContain(secret);
    expect(statSync(join(auditDir, today())).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written breaks no answer: it is counted, and logged once', async () => {
    const auditDir = join(folder, 'audit');
    const service = await startSlideService({ auditDir });
    const errors = vi.spyOn(service.app.log, 'error');
    // A full disk.
    symlinkSync('/dev/full', join(auditDir, today()));
    for (let i = 0; i < 3; i++) expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    const lost = () => service.metric('hemoserve_audit_records_total{outcome="lost"}');
    await vi.waitFor(async () => expect(await lost()).toBe(3));
    expect(errors).toHaveBeenCalledOnce();
    expect(errors.mock.calls[0]?.[0]).toMatchObject({ code: 'ENOSPC' });
    rmSync(join(auditDir, today()));
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    await vi.waitFor(async () =>
      expect(await service.metric('hemoserve_audit_records_total{outcome="written"}')).toBe(1),
    );
    await service.close();
    expect(readFileSync(join(auditDir, today()), 'utf8')).toMatch(/^\n\{.*\}\n$/);
  });
});

describe('files of the audit', () => {
  const open = (retentionDays: number) =>
    AuditLog.open({
      folder,
      retentionDays,
      onWritten() {},
      onFailure: (error) => expect.fail(String(error)),
    });
  const day = (ago: number) =>
    `audit-${new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)}.jsonl`;

  it('are deleted once their last record is so old, and nothing else is', async () => {
    for (const name of [day(0), day(6), day(7), day(9), 'other', 'audit-x.jsonl'])
      writeFileSync(join(folder, name), '');
    await (await open(7)).close();
    expect(readdirSync(folder).toSorted()).toEqual(
      [day(0), day(6), day(7), 'other', 'audit-x.jsonl'].toSorted(),
    );
    await (await open(0)).close();
    expect(readdirSync(folder)).toHaveLength(5);
  });

  it('have all records in their order, however many come at once', async () => {
    const audit = await open(0);
    for (let i = 0; i < 5000; i++) audit.write({ i });
    await audit.close();
    expect(records(folder).map(({ i }) => i)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });
});
