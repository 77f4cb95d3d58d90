import { z } from 'zod';

const name = z.string().min(1);
const codingSchema = z.strictObject({
  system: name.describe('One of `systems`'),
  code: name,
  display: name.optional().describe('For readers; nothing is ever matched on it'),
});
const codings = z
  .array(codingSchema)
  .min(1)
  .max(2)
  .describe('The code that receivers match on, and another one if need be');

const setSchema = z.strictObject({
  panel: codings.describe('The differential as a whole'),
  whiteCellCount: codings.describe('How many white cells were counted'),
  unidentifiedCount: codings.describe('Cells that a person must still look at'),
  whiteBloodCells: codings.describe('The count of white blood cells, corrected for erythroblasts'),
  classes: z.record(name, codings).describe("By the name of the model's class"),
  adjusted: z
    .record(name, codings)
    .default({})
    .describe("Estimates adjusted for the model's confusions, by class: never the code of the class itself"),
});

/** The file of HEMOSERVE_LIS_CODES_FILE: what each figure is called in messages. */
export const codesSchema = z
  .strictObject({
    $schema: z.string().optional(),
    systems: z
      .record(
        z.string().regex(/^\w{1,20}$/, 'expected a name of HL7 table 0396, such as LN, L or 99LAB'),
        z.strictObject({ uri: z.url().describe('Its name in FHIR'), source: name.describe('Who made it') }),
      )
      .describe("Code systems, by their names in HL7 v2 (table 0396): LN is LOINC, 99… are a site's own"),
    classSystem: name.describe('The system of a class without a code, whose name is then its code'),
    sets: z.record(name, setSchema).describe('HEMOSERVE_LIS_CODE_SET chooses one'),
  })
  .superRefine(({ systems, classSystem, sets }, { addIssue }) => {
    const used = Object.values(sets).flatMap(({ classes, adjusted, ...others }) =>
      [others, classes, adjusted].flatMap((codes) => Object.values(codes)).flat(),
    );
    for (const system of new Set([classSystem, ...used.map((coding) => coding.system)])) {
      if (!(system in systems)) addIssue({ code: 'custom', message: `${system} is not among the systems` });
    }
    for (const [name, { adjusted, ...set }] of Object.entries(sets)) {
      const counted = new Set([...Object.values(set.classes).flat()].map(nameOf));
      const same = Object.values(adjusted)
        .flat()
        .find((coding) => counted.has(nameOf(coding)));
      if (same)
        addIssue({ code: 'custom', message: `${same.code} of ${name} is both a count and an estimate` });
    }
  });

const nameOf = ({ system, code }: z.infer<typeof codingSchema>) => `${system} ${code}`;

export type CodesFile = z.infer<typeof codesSchema>;

/** A code, with its system's names in HL7 v2 and in FHIR. */
export interface Coding {
  code: string;
  display?: string;
  system: string;
  uri: string;
}

/** What is reported beside the classes. */
export type FigureName = 'panel' | 'whiteCellCount' | 'unidentifiedCount' | 'whiteBloodCells';

/** One set of codes. */
export interface Codes {
  /** The first is the one to match on. */
  of(figure: FigureName): readonly Coding[];
  ofClass(className: string): readonly Coding[];
  /** Of the estimate beside the class's count. */
  ofAdjusted(className: string): readonly Coding[];
}

/**
 * A set of the file's.
 *
 * @throws Error where there is none of that name.
 */
export function codesOf({ systems, classSystem, sets }: CodesFile, setName: string): Codes {
  const set = sets[setName];
  if (!set) {
    throw new Error(`no set of codes is called ${setName}, only ${Object.keys(sets).join(', ')}`);
  }
  const resolve = (list: z.infer<typeof codings>): Coding[] =>
    list.map(({ system, code, display }) => ({
      code,
      ...(display && { display }),
      system,
      uri: (systems[system] as { uri: string }).uri,
    }));
  const ownCode = (code: string) => [{ system: classSystem, code, display: code }];
  return {
    of: (figure) => resolve(set[figure]),
    ofClass: (className) => resolve(set.classes[className] ?? ownCode(className)),
    ofAdjusted: (className) => resolve(set.adjusted[className] ?? ownCode(`${className}-adjusted`)),
  };
}
