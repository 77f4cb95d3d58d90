import { z } from 'zod';

const name = z.string().describe('Name of the model');
const version = z.string().describe('Version of the model');

/** What the URL names. */
export interface ModelPath {
  name: string;
  /** Without it the served version. */
  version?: string;
}

/** Below `/v2`, where a model is: in the version that is served, or in the one that the client wants. */
export const MODEL_PATHS = [
  { path: '/models/:name', params: z.object({ name }), suffix: 'Model' },
  { path: '/models/:name/versions/:version', params: z.object({ name, version }), suffix: 'ModelVersion' },
];
