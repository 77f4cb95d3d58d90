/** What is measured of a crop's pixels after preprocessing, in the order of every array of measures; see src/trust/measures.ts. */
export const MEASURES = [
  'focus',
  'detail',
  'exposure',
  'contrast',
  'saturation',
  'backgroundRedGreen',
  'backgroundBlueGreen',
  'stain',
  'stainRedGreen',
  'stainBlueGreen',
  'cellArea',
  'borderCut',
] as const;
export type Measure = (typeof MEASURES)[number];
