/** A connected part of a mask. */
export interface Component {
  /** Pixels. */
  size: number;
  /** Of them, those in the outermost rows and columns. */
  onBorder: number;
}

/**
 * The largest part of a mask whose pixels touch by their sides (4-connected); of several alike the first one, row by row.
 *
 * @param mask (height, width), 1 where set; those that were visited are 0 afterwards.
 * @returns a part of no pixels where none is set.
 */
export function largestComponent(mask: Uint8Array, width: number, height: number): Component {
  const stack = new Int32Array(mask.length);
  let largest: Component = { size: 0, onBorder: 0 };
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0) continue;
    const found = fill(mask, width, height, start, stack);
    if (found.size > largest.size) largest = found;
  }
  return largest;
}

/** Visits a part from one of its pixels; each comes onto the stack once. */
function fill(mask: Uint8Array, width: number, height: number, start: number, stack: Int32Array): Component {
  const lastRow = (height - 1) * width;
  let size = 0;
  let onBorder = 0;
  let depth = 1;
  stack[0] = start;
  mask[start] = 0;
  while (depth > 0) {
    const at = stack[--depth] as number;
    const column = at % width;
    size += 1;
    if (column === 0 || column === width - 1 || at < width || at >= lastRow) onBorder += 1;
    if (column > 0 && mask[at - 1] !== 0) {
      mask[at - 1] = 0;
      stack[depth++] = at - 1;
    }
    if (column < width - 1 && mask[at + 1] !== 0) {
      mask[at + 1] = 0;
      stack[depth++] = at + 1;
    }
    if (at >= width && mask[at - width] !== 0) {
      mask[at - width] = 0;
      stack[depth++] = at - width;
    }
    if (at < lastRow && mask[at + width] !== 0) {
      mask[at + width] = 0;
      stack[depth++] = at + width;
    }
  }
  return { size, onBorder };
}
