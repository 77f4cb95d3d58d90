import type { Settings } from '../settings/schema.js';
import type { Arguments } from './arguments.js';

/** The settings with what the command line says instead. */
export function withArguments(settings: Settings, given: Arguments): Settings {
  return {
    ...settings,
    models: given.model ? [given.model] : settings.models,
    modelsDir: given.modelsDir ?? settings.modelsDir,
    engine: given.engine ?? settings.engine,
    precision: given.precision ?? settings.precision,
  };
}
