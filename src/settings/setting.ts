import { z } from 'zod';

/** A setting: the environment variable that it comes from, its values, and what it means to an operator. */
export function setting<T extends z.ZodType>(variable: string, values: T, meaning: string): T {
  return values.meta({ variable, description: meaning });
}

/** A whole number as the environment has it. */
export function integer(min: number, max: number) {
  return z.coerce.number().int().min(min).max(max);
}
