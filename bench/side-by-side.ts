/**
 * Two variants of the service side by side, each getting the load in turn.
 *
 *     npm run bench:trust   -- decisions, novelty and image quality: a version's trust data there and not there
 *     npm run bench:readers -- JPEGs decoded by libjpeg-turbo, and by libvips
 *
 * Options: [--clients 32] [--seconds 8] [--rounds 5] [--model NAME@VERSION] [--out FOLDER] [--write-docs]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../src/settings/load.js';
import { loadCrops } from './harness/crops.js';
import { type Model, readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { sideBySide } from './harness/side-by-side.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { report } from './report/docs.js';
import { readers, trust } from './report/side-by-side.js';

const { values, positionals } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
  },
  allowPositionals: true,
});
const clients = positive('--clients', values.clients);
const seconds = positive('--seconds', values.seconds);
const rounds = positive('--rounds', values.rounds);
const section = [trust, readers].find(({ name }) => name === positionals[0]);
if (!section) throw new Error('compare what? trust or readers');
const model = readModel(values.model);
mkdirSync(values.out, { recursive: true });
const { source, jpegs } = await loadCrops(model.manifest.classes);
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-side-by-side-'));
try {
  const figures = await sideBySide(hemoserve, {
    environments:
      section === trust
        ? [{}, { HEMOSERVE_MODELS_DIR: withoutTrust(model) }]
        : [{}, { HEMOSERVE_TURBOJPEG: 'off' }],
    ...{ model, jpegs, out: values.out, clients, seconds, rounds },
  });
  const reading = section === readers ? await readingOfBoth(model, jpegs) : undefined;
  const results = { ...originOf(model, source), clients, seconds, figures, ...(reading && { reading }) };
  report(section, results, values.out, values['write-docs']);
} finally {
  rmSync(folder, { recursive: true });
}

/** Processor time of reading alone, with each variant. */
async function readingOfBoth({ manifest }: Model, jpegs: Buffer[]): Promise<[number, number]> {
  // Imported here: it forbids sharp to read the drawings that crops may be made of.
  const { readingCpuMs } = await import('./harness/reading.js');
  const { turbojpeg } = loadSettings(process.env);
  return [await readingCpuMs(manifest, jpegs, turbojpeg), await readingCpuMs(manifest, jpegs, 'off')];
}

/** A registry with the version: its files by links, its manifest without trust data. */
function withoutTrust({ folder: from, manifest }: Model): string {
  if (!manifest.trust) throw new Error('the version has no trust data');
  const to = join(folder, manifest.name, manifest.version);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== 'manifest.json') symlinkSync(join(from, name), join(to, name));
  }
  const { trust: _trust, ...rest } = manifest;
  writeFileSync(join(to, 'manifest.json'), JSON.stringify(rest));
  return folder;
}
