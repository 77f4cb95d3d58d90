import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { openPromise } from 'yauzl';

/** Crops that the published version was trained on: PBC (Acevedo et al. 2020), CC BY 4.0. */
const REPLAY = 'models/inceptionv3/2.0.0/replay.zip';
/** Of a usual smear, about; the rest are neutrophils. */
const SHARES: Record<string, number> = {
  lymphocyte: 0.29,
  monocyte: 0.07,
  eosinophil: 0.04,
  basophil: 0.02,
  ig: 0.03,
  erythroblast: 0.02,
  platelet: 0.05,
};

/**
 * Writes crops of a slide into a folder: turned and mirrored, so that each has another content.
 *
 * @returns their paths.
 */
export async function writeSlide(folder: string, count: number): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const byClass = await readReplay();
  const wanted = Object.entries(SHARES).flatMap(([name, share]) =>
    Array(Math.round(share * count)).fill(name),
  );
  const names = [...wanted, ...Array(Math.max(0, count - wanted.length)).fill('neutrophil')].slice(-count);
  const paths: string[] = [];
  const used = new Map<string, number>();
  // The classes mixed, as a slide has them, and the same each time.
  for (const [index, name] of names
    .map((name, at) => ({ name, at: (at * 7919) % names.length }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name)
    .entries()) {
    const crops = byClass.get(name) ?? [];
    const turn = used.get(name) ?? 0;
    used.set(name, turn + 1);
    const source = crops[turn % crops.length];
    const view = Math.floor(turn / crops.length) % 8;
    const path = join(folder, `cell-${String(index + 1).padStart(3, '0')}.png`);
    const picture = sharp(source)
      .rotate(90 * (view % 4))
      .flop(view >= 4);
    writeFileSync(path, await picture.png().toBuffer());
    paths.push(path);
  }
  return paths;
}

async function readReplay(): Promise<Map<string, Buffer[]>> {
  const byClass = new Map<string, Buffer[]>();
  const zip = await openPromise(REPLAY, { autoClose: false });
  for await (const entry of zip.eachEntry()) {
    const [name, file] = entry.fileName.split('/');
    if (!file || !name) continue;
    const parts: Buffer[] = [];
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
    byClass.set(name, [...(byClass.get(name) ?? []), Buffer.concat(parts)]);
  }
  zip.close();
  return byClass;
}
