import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesOf, codesSchema } from '../../src/lis/codes.js';
import { loadLisOptions } from '../../src/lis/load-options.js';
import { loadSettings } from '../../src/settings/load.js';
import { CLASSES, root } from '../support/fixtures.js';
import { publishedCodes } from '../support/lis/options.js';

const file = JSON.parse(readFileSync(join(root, 'config/lis-codes.json'), 'utf8'));
const FIGURES = ['panel', 'whiteCellCount', 'unidentifiedCount', 'whiteBloodCells'] as const;

describe('the table of codes', () => {
  it.each(['unspecified', 'manual', 'automated'])('has one of its own for every class: %s', (set) => {
    const codes = publishedCodes(set);
    const all = [
      ...CLASSES.map((name) => codes.ofClass(name)),
      ...CLASSES.map((name) => codes.ofAdjusted(name)),
      ...FIGURES.map((name) => codes.of(name)),
    ];
    expect(new Set(all.map(([coding]) => coding?.code)).size).toBe(2 * CLASSES.length + FIGURES.length);
    for (const [coding] of all) expect(CLASSES).not.toContain(coding?.code);
  });

  it('gives a class that it does not know its own name', () => {
    expect(publishedCodes('manual').ofClass('blast')).toEqual([
      { system: '99HEM', uri: 'urn:hemoserve:code', code: 'blast', display: 'blast' },
    ]);
  });

  it('may be one of before there were estimates, which have codes of our own then', () => {
    const older = structuredClone(file);
    delete older.sets.manual.adjusted;
    expect(codesOf(codesSchema.parse(older), 'manual').ofAdjusted('ig')).toMatchObject([
      { system: '99HEM', code: 'ig-adjusted' },
    ]);
  });

  it('is refused where a system is not explained, or a set is not there', () => {
    const foreign = structuredClone(file);
    foreign.sets.manual.classes.ig = [{ system: '99LAB', code: 'IG%' }];
    expect(codesSchema.safeParse(foreign).error?.issues[0]?.message).toBe('99LAB is not among the systems');
    const confusable = structuredClone(file);
    confusable.sets.manual.adjusted.ig = confusable.sets.manual.classes.ig;
    expect(codesSchema.safeParse(confusable).error?.issues[0]?.message).toBe(
      '38518-7 of manual is both a count and an estimate',
    );
    expect(() => codesOf(codesSchema.parse(file), 'none')).toThrow('only unspecified, manual, automated');
  });
});

describe('the settings', () => {
  it('have a system for each kind of identifier', () => {
    const options = loadLisOptions(loadSettings({ HEMOSERVE_FHIR_BASE: 'https://lab.example.org/' }), '1');
    expect(options.fhir).toEqual({
      base: 'https://lab.example.org/',
      patient: 'https://lab.example.org/patient',
      specimen: 'https://lab.example.org/accession',
      order: 'https://lab.example.org/order',
    });
    expect(() => loadSettings({ HEMOSERVE_FHIR_BASE: 'https://lab.example.org' })).toThrow('expected / or :');
  });

  it('say which file of codes cannot be used', () => {
    const settings = loadSettings({ HEMOSERVE_LIS_CODES_FILE: 'package.json' });
    expect(() => loadLisOptions(settings, '1')).toThrow('package.json cannot be used: ');
  });
});
