const DAY_MS = 86_400_000;

/**
 * Age in years, of which the whole ones are counted by birthdays.
 *
 * @param birthDate YYYY-MM-DD
 * @param at ISO 8601.
 * @returns undefined before birth, and for what is no date.
 */
export function ageYears(birthDate: string, at: string): number | undefined {
  const born = new Date(`${birthDate}T00:00:00Z`);
  const then = new Date(at);
  if (!(then >= born)) return undefined;
  const birthday = (years: number) =>
    Date.UTC(born.getUTCFullYear() + years, born.getUTCMonth(), born.getUTCDate());
  let years = then.getUTCFullYear() - born.getUTCFullYear();
  if (birthday(years) > then.getTime()) years -= 1;
  const yearMs = birthday(years + 1) - birthday(years);
  return years + Math.floor((then.getTime() - birthday(years)) / DAY_MS) / Math.round(yearMs / DAY_MS);
}
