import { z } from 'zod';
import { ERRORS } from '../../src/errors/codes.js';
import { settingsSchema } from '../../src/settings/schema.js';
import { code, table } from './markdown.js';

interface SettingSchema {
  variable: string;
  default?: string | number;
  description?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

/** The settings by environment variable, with default and accepted values. */
export function settingsTable(): string {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input' });
  return table(
    ['Variable', 'Default', 'Accepted', 'Meaning'],
    Object.values(properties as unknown as Record<string, SettingSchema>).map((setting) => [
      code(setting.variable),
      setting.default === undefined ? '' : code(setting.default),
      accepted(setting),
      setting.description ?? '',
    ]),
  );
}

/** The error codes with their statuses. */
export function errorsTable(): string {
  return table(
    ['Code', 'Status', 'When'],
    Object.entries(ERRORS).map(([name, { status, when }]) => [code(name), String(status), when]),
  );
}

function accepted(setting: SettingSchema): string {
  if (setting.enum) return setting.enum.map(code).join(', ');
  if (setting.maximum !== undefined) return `${setting.minimum} to ${setting.maximum}`;
  return 'text';
}
