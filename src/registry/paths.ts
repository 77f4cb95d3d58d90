import { z } from 'zod';

/** A path inside the version's folder; never absolute, never upwards. */
export const relativePath = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, 'expected a path in the folder');
