import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPKCS8, generateKeyPair } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadDestinations } from '../../../src/lis/destinations/load.js';
import type { Destination } from '../../../src/lis/destinations/schema.js';
import { transportTo } from '../../../src/lis/destinations/transport.js';
import { Certificates } from '../../support/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-destinations-'));
const certificates = new Certificates();
afterAll(() => {
  rmSync(folder, { recursive: true });
  certificates.dispose();
});
const write = (name: string, content: string) => {
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const load = (destinations: unknown) => loadDestinations(write('file.yaml', stringify({ destinations })));
const problems = async (destinations: unknown) =>
  (await load(destinations).catch(({ problems }) => problems)) as string[];

const mllp = { name: 'lis', type: 'mllp', host: 'lis.example', port: 2575 };
const analyzer = { ...mllp, name: 'a', type: 'analyzer', application: 'SCOPE' };
const fhir = { name: 'ehr', type: 'fhir', url: 'https://ehr.example/r4' };
const hook = { name: 'hook', type: 'webhook', url: 'https://hook.example/', secret: { file: 'key' } };

describe('the file of the destinations', () => {
  it('is YAML or JSON, and has defaults', async () => {
    const [first] = await load([mllp]);
    expect(first).toEqual({
      ...mllp,
      format: 'ORU_R01',
      connectTimeoutMs: 5000,
      answerTimeoutMs: 30_000,
      retry: { firstWaitMs: 1000, maxWaitMs: 60_000, giveUpAfterHours: 168 },
    });
    const json = write('file.json', JSON.stringify({ destinations: [mllp] }));
    expect(await loadDestinations(json)).toEqual([first]);
  });

  it('has paths relative to its folder', async () => {
    const tls = { ca: 'sub/ca.pem', certificate: '/etc/own.pem' };
    const authorization = { type: 'bearer', token: { file: 'sub/token' } };
    const loaded = (await load([{ ...fhir, tls, authorization }, hook])) as Extract<
      Destination,
      { type: 'fhir' }
    >[];
    expect(loaded[0]?.tls).toEqual({ ca: join(folder, 'sub/ca.pem'), certificate: '/etc/own.pem' });
    expect(loaded[0]?.authorization).toEqual({ type: 'bearer', token: { file: join(folder, 'sub/token') } });
    expect(loaded[1]).toMatchObject({ secret: { file: join(folder, 'key') } });
  });

  it.each<[string, unknown, RegExp]>([
    ['no destination', [], /^HEMOSERVE_DESTINATIONS: destinations: /],
    ['an analyzer without a name of its own', [{ ...analyzer, application: undefined }], /\.application: /],
    [
      'two analyzers of one name',
      [analyzer, { ...analyzer, name: 'b' }],
      /another analyzer asks under this name/,
    ],
    ['an unknown type', [{ ...mllp, type: 'fax' }], /destinations\[0\]\.type: /],
    ['a missing member', [{ name: 'lis', type: 'mllp', host: 'x' }], /destinations\[0\]\.port: .*expected/],
    ['an unknown member', [{ ...mllp, hots: 'x' }], /destinations\[0\]: .*hots/],
    ['a port that is none', [{ ...mllp, port: 70_000 }], /destinations\[0\]\.port: /],
    [
      'a name that is no label',
      [{ ...mllp, name: 'My LIS' }],
      /destinations\[0\]\.name: expected lower-case/,
    ],
    [
      'two of one name',
      [mllp, { ...fhir, name: 'lis' }],
      /destinations\[1\]\.name: there are two destinations lis/,
    ],
    [
      'another URL',
      [{ ...fhir, url: 'ftp://x' }],
      /destinations\[0\]\.url: expected the URL of an HTTP server/,
    ],
    [
      'a secret in the file',
      [{ ...hook, secret: 'geheim' }],
      /destinations\[0\]\.secret: expected \{file: PATH\}/,
    ],
    [
      'a token asked for in the clear',
      [
        {
          ...fhir,
          authorization: {
            type: 'oauth2',
            tokenUrl: 'http://auth.example/token',
            clientId: 'x',
            secret: { file: 'x' },
          },
        },
      ],
      /authorization\.tokenUrl: expected https/,
    ],
  ])('is refused for %s', async (_, destinations, problem) => {
    const found = await problems(destinations);
    expect(found.join('\n')).toMatch(problem);
    expect(found.join('\n')).not.toContain('geheim');
  });

  it('lists all that is wrong at once', async () => {
    expect(
      await problems([
        { ...mllp, port: 0 },
        { ...fhir, url: 'x' },
      ]),
    ).toHaveLength(2);
  });

  it('is refused where it cannot be read', async () => {
    const refused = (file: string) => loadDestinations(file).catch(({ problems }) => problems);
    expect(await refused(join(folder, 'none'))).toEqual([
      `HEMOSERVE_DESTINATIONS: ${join(folder, 'none')}: no such file`,
    ]);
    const broken = write('broken.yaml', 'destinations: [a: b: c');
    expect((await refused(broken))[0]).toContain(broken);
  });
});

describe('secrets, keys and certificates', () => {
  const open = async (destination: object) => {
    const [loaded] = await load([destination]);
    const transport = await transportTo(loaded as Destination);
    await transport.close();
    return 'good';
  };
  const smart = (key: string) => ({
    ...fhir,
    authorization: { type: 'oauth2', tokenUrl: 'https://a.example/t', clientId: 'c', key: { file: key } },
  });

  it('are read from files and environment variables', async () => {
    write('key', `whsec_${Buffer.alloc(24).toString('base64')}\n`);
    expect(await open(hook)).toBe('good');
    process.env.TEST_HOOK_KEY = 'x'.repeat(24);
    expect(await open({ ...hook, secret: { environment: 'TEST_HOOK_KEY' } })).toBe('good');
    delete process.env.TEST_HOOK_KEY;
    const { privateKey } = await generateKeyPair('RS384', { extractable: true });
    write('key.pem', await exportPKCS8(privateKey));
    expect(await open(smart('key.pem'))).toBe('good');
    const tls = { ca: certificates.ca, ...certificates.issue('client') };
    expect(await open({ ...mllp, tls })).toBe('good');
  });

  it.each<[string, object, RegExp]>([
    ['a file that is not there', { ...hook, secret: { file: 'none' } }, /hook: ENOENT/],
    [
      'a variable that is not set',
      { ...hook, secret: { environment: 'NONE_SUCH' } },
      /NONE_SUCH has no secret/,
    ],
    ['a key that is too short', { ...hook, secret: { file: 'short' } }, /has 5 bytes, fewer than 24/],
    ['what is no private key', smart('short'), /ehr: /],
    ['what is no certificate', { ...mllp, tls: { ca: 'short', certificate: 'short' } }, /lis: /],
  ])('end the start where they are no good: %s', async (_, destination, problem) => {
    write('short', 'short');
    const found = await open(destination).catch(({ problems }) => problems.join('\n'));
    expect(found).toMatch(problem);
    expect(found).toMatch(/^HEMOSERVE_DESTINATIONS: /);
  });
});
