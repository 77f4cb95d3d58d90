import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactSha256, findArtifact } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import { PRECISIONS } from '../../vocabulary/precisions.js';
import { makePrivateFolder, writeWhole } from '../private-folder.js';
import type { Candidate } from './candidates.js';

const measurementSchema = z.object({
  engine: z.string(),
  precision: z.enum(PRECISIONS),
  cropsPerS: z.number().positive(),
});

/** Speed of one way to run a model. */
export type Measurement = z.infer<typeof measurementSchema>;

const fileSchema = z.object({ measuredAt: z.string(), measured: z.array(measurementSchema).min(1) });

/** What was measured at an earlier start, in one file for each processor, network, set of engines and load on them. */
export class ChoiceCache {
  readonly file: string;
  readonly #key: object;

  constructor(
    private readonly folder: string,
    manifest: Manifest,
    candidates: readonly Candidate[],
    load: { threads: number; batchSize: number; device: string },
  ) {
    this.#key = {
      processor: cpus()[0]?.model,
      ...load,
      candidates: candidates.map(({ engine, version, precision }) => ({
        engine,
        version,
        precision,
        network: artifactSha256(manifest, findArtifact(manifest, engine, precision) ?? ''),
      })),
    };
    const hash = createHash('sha256').update(JSON.stringify(this.#key)).digest('hex');
    this.file = join(folder, `engines-${hash.slice(0, 16)}.json`);
  }

  /** The measurements, fastest first; undefined where there are none, or where others may have written them. */
  async read(): Promise<Measurement[] | undefined> {
    try {
      await makePrivateFolder(this.folder);
      return fileSchema.parse(JSON.parse(await readFile(this.file, 'utf8'))).measured;
    } catch {
      return undefined;
    }
  }

  /** @throws {Error} when the folder cannot be written, or others may write into it. */
  async write(measured: readonly Measurement[]): Promise<void> {
    const content = { measuredAt: new Date().toISOString(), measured, ...this.#key };
    await makePrivateFolder(this.folder);
    await writeWhole(this.file, (temporary) => {
      return writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`);
    });
  }
}
