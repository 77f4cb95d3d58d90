import type { Manifest } from '../registry/manifest.js';

/** What the manifest says of the preprocessing. */
export type PreprocessingSpec = Pick<Manifest, 'input' | 'preprocessing'>;
