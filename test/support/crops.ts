import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Prediction } from '../../src/evaluate/classify-files.js';
import { CLASSES, fixture } from './fixtures.js';

/** A folder of labelled crops: each class with its generated cell, to which a test adds. */
export class LabelledFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'hemoserve-crops-'));

  constructor() {
    for (const name of CLASSES) this.link(`cells/${name}.jpg`, `${name}/cell.jpg`);
  }

  /** Puts a link to a fixture at a path such as `ig/one.jpg`. */
  link(fixturePath: string, path: string): void {
    symlinkSync(fixture(fixturePath), this.#prepared(path));
  }

  copy(fixturePath: string, path: string): void {
    copyFileSync(fixture(fixturePath), this.#prepared(path));
  }

  write(path: string, content: string | Uint8Array): string {
    writeFileSync(this.#prepared(path), content);
    return join(this.folder, path);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #prepared(path: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  }
}

/** A prediction of two classes or more, by its probabilities. */
export function prediction(truth: number, probabilities: number[], path = 'a/b.jpg'): Prediction {
  const confidence = Math.max(...probabilities);
  const predicted = probabilities.indexOf(confidence);
  return { path, truth, predicted, confidence, probabilities: Float64Array.from(probabilities) };
}

/** Rows of a CSV text, by the header's names. */
export function parseCsv(text: string): Record<string, string>[] {
  const fields = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])/g)];
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of fields) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end === '\n') rows.push([]);
  }
  const [header = [], ...records] = rows.slice(0, -1);
  return records.map((record) =>
    Object.fromEntries(header.map((name, index) => [name, record[index] ?? ''])),
  );
}
