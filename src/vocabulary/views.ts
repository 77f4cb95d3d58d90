/** How many views of a crop are classified: the crop alone, its four quarter turns, or these and their mirror images. */
export const VIEW_COUNTS = [1, 4, 8] as const;
export type ViewCount = (typeof VIEW_COUNTS)[number];
