import type { z } from 'zod';
import { withoutServices } from './kubernetes.js';
import { SETTING_NAMES, type Settings, settingsSchema, variableOf } from './schema.js';

/** Wrong settings: `problems` has one line for each, beginning with the variable's name. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings from environment variables; empty ones count as not set, and those of Kubernetes' Services are
 * left alone.
 *
 * @throws {SettingsError} listing every wrong or unknown variable, not only the first.
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const variables = SETTING_NAMES.map(variableOf);
  const own = withoutServices(environment);
  const unknown = Object.entries(own)
    .filter(([name, value]) => value && name.startsWith('HEMOSERVE_') && !variables.includes(name))
    .map(([name]) => `${name}: no such setting`);
  const given = SETTING_NAMES.map((name) => [name, own[variableOf(name)] || undefined]);
  const parsed = settingsSchema.safeParse(Object.fromEntries(given));
  const problems = [...unknown, ...(parsed.error?.issues.map(describeIssue) ?? [])];
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return parsed.data;
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return `${variableOf(path[0] as keyof Settings)}: ${message}`;
}
