import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BMP_VARIANTS } from '../support/bmp.js';
import { root } from '../support/fixtures.js';
import { largestDifference } from '../support/preprocessing.js';

const python = join(root, 'training', '.venv', 'bin', 'python');
const PROGRAM = `
import sys
from pathlib import Path
from PIL import Image
for file in sorted(Path(sys.argv[1]).glob("*.image")):
    file.with_suffix(".rgb").write_bytes(Image.open(file).convert("RGB").tobytes())
`;

/** Variants on which Pillow is a judge; what each shows is held by bmp.test.ts. */
const variants = Object.entries(BMP_VARIANTS).filter(([, { notPillow }]) => !notPillow);

describe.skipIf(!existsSync(python))(
  "Pillow's pixels of the drawn BMPs are those that the tests expect",
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-pillow-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    beforeAll(() => {
      for (const [index, [, { file }]] of variants.entries())
        writeFileSync(join(folder, `${index}.image`), file);
      execFileSync(python, ['-c', PROGRAM, folder]);
    });

    it.each(variants.map(([name, { shown }], index) => ({ name, shown, index })))(
      '$name',
      ({ shown, index }) => {
        // Pillow and we round values of 5 and 6 bits in other ways.
        expect(
          largestDifference(readFileSync(join(folder, `${index}.rgb`)), shown.pixels),
        ).toBeLessThanOrEqual(1);
      },
    );
  },
);
