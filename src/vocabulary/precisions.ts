/** Arithmetic of the network's layers, most exact first. */
export const PRECISIONS = ['float32', 'bfloat16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];
