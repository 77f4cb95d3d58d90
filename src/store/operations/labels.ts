import type { Verification } from '../../slides/verification.js';
import type { Database } from './database.js';

export interface LabelCount {
  class: string;
  /** Crops of verified slides that count as it. */
  count: number;
  /** Those of them of which the model said something else. */
  corrected: number;
}

/** Crops that a person answers for, by class: what a model could learn from. */
export async function countLabels(db: Database, _: object): Promise<LabelCount[]> {
  const counts = new Map<string, LabelCount>();
  const countOf = (name: string) => {
    const known = counts.get(name) ?? { class: name, count: 0, corrected: 0 };
    counts.set(name, known);
    return known;
  };
  const ofModel = await db
    .selectFrom('crops')
    .innerJoin('slides', 'slides.id', 'crops.slide_id')
    .select(({ fn }) => ['crops.class', fn.countAll<number | string>().as('count')])
    .where('slides.status', 'in', ['verified', 'corrected'])
    .groupBy('crops.class')
    .execute();
  for (const row of ofModel) countOf(row.class).count += Number(row.count);
  const verifications = await db
    .selectFrom('verifications')
    .select(['slide_id', 'content'])
    .orderBy('slide_id')
    .orderBy('revision')
    .execute();
  const bySlide = new Map<string, Map<string, string>>();
  for (const { slide_id: id, content } of verifications) {
    const said = bySlide.get(id) ?? new Map<string, string>();
    bySlide.set(id, said);
    const { corrections } = JSON.parse(content) as Verification;
    for (const correction of corrections) said.set(correction.crop, correction.class);
  }
  for (const [id, said] of bySlide) {
    if (said.size === 0) continue;
    const crops = await db
      .selectFrom('crops')
      .select(['sha256', 'class'])
      .where('slide_id', '=', id)
      .execute();
    for (const { sha256, class: name } of crops) {
      const to = said.get(sha256) ?? name;
      if (to === name) continue;
      countOf(name).count -= 1;
      countOf(to).count += 1;
      countOf(to).corrected += 1;
    }
  }
  return [...counts.values()];
}
