import { MEASURES, type Measure } from '../vocabulary/measures.js';
import { largestComponent } from './component.js';
import { otsuThreshold, percentile } from './histogram.js';

/** Pixels of a crop after preprocessing: uint8 (height, width, 3), RGB. */
export interface CropPixels {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Measures of a crop's image, in the order of MEASURES; training's twin is
 * training/hemoserve_training/trust/measures.py. Luma is that of ITU-R BT.601 in 8 bits.
 *
 * - `focus`: variance of luma's Laplacian (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy");
 *   low where blurred.
 * - `detail`: mean square of luma's steps of one pixel over that of two pixels: 0.25 where all is smooth, 1 where all is
 *   noise, whatever the crop shows. 0 where it shows nothing.
 * - `exposure`: luma's 90th percentile, 0 to 255, which is the slide's empty background.
 * - `contrast`: from luma's 5th percentile to its 90th.
 * - `saturation`: mean of HSV's saturation (Smith 1978, "Color gamut transform pairs"), 0 to 1.
 * - `backgroundRedGreen`, `backgroundBlueGreen`: colour cast: mean red minus green, and blue minus green, of the pixels
 *   at least as light as `exposure`; 0 where they are grey.
 * - `stain`, `stainRedGreen`, `stainBlueGreen`: mean luma and colour of what is stained: pixels whose red is at most its
 *   threshold of Otsu 1979 ("A threshold selection method from gray-level histograms").
 * - `cellArea`: share of the crop that the largest connected stained part has.
 * - `borderCut`: share of the crop's outermost pixels that this part takes: a cell cut by the border.
 *
 * @returns float64 (MEASURES)
 */
export function measureCrop({ pixels, width, height }: CropPixels): Float64Array {
  const count = width * height;
  const luma = new Uint8Array(count);
  const lumaHistogram = new Uint32Array(256);
  const redHistogram = new Uint32Array(256);
  let saturation = 0;
  for (let index = 0, at = 0; index < count; index++, at += 3) {
    const red = pixels[at] as number;
    const green = pixels[at + 1] as number;
    const blue = pixels[at + 2] as number;
    const y = (77 * red + 150 * green + 29 * blue) >> 8;
    luma[index] = y;
    (lumaHistogram[y] as number)++;
    (redHistogram[red] as number)++;
    const most = Math.max(red, green, blue);
    const least = Math.min(red, green, blue);
    if (most > 0) saturation += (most - least) / most;
  }
  const exposure = percentile(lumaHistogram, count, 0.9);
  const threshold = otsuThreshold(redHistogram, count);
  const stained = new Uint8Array(count);
  const background = new ColourSum();
  const stain = new ColourSum();
  for (let index = 0, at = 0; index < count; index++, at += 3) {
    if ((luma[index] as number) >= exposure) background.add(pixels, at);
    if ((pixels[at] as number) <= threshold) {
      stained[index] = 1;
      stain.add(pixels, at);
    }
  }
  const cell = largestComponent(stained, width, height);
  const values: Record<Measure, number> = {
    ...sharpness(luma, width, height),
    exposure,
    contrast: exposure - percentile(lumaHistogram, count, 0.05),
    saturation: saturation / count,
    backgroundRedGreen: background.redGreen,
    backgroundBlueGreen: background.blueGreen,
    stain: stain.luma,
    stainRedGreen: stain.redGreen,
    stainBlueGreen: stain.blueGreen,
    cellArea: cell.size / count,
    borderCut: cell.onBorder / (2 * (width + height) - 4),
  };
  return Float64Array.from(MEASURES, (measure) => values[measure]);
}

/** Adds colours up; all means are 0 without any. */
class ColourSum {
  #count = 0;
  #red = 0;
  #green = 0;
  #blue = 0;

  add(pixels: Uint8Array, at: number): void {
    this.#count += 1;
    this.#red += pixels[at] as number;
    this.#green += pixels[at + 1] as number;
    this.#blue += pixels[at + 2] as number;
  }

  get redGreen(): number {
    return (this.#red - this.#green) / Math.max(1, this.#count);
  }

  get blueGreen(): number {
    return (this.#blue - this.#green) / Math.max(1, this.#count);
  }

  get luma(): number {
    return (77 * this.#red + 150 * this.#green + 29 * this.#blue) / 256 / Math.max(1, this.#count);
  }
}

/** From luma (height, width); the crop has three pixels a side at least. */
function sharpness(
  luma: Uint8Array,
  width: number,
  height: number,
): Pick<Record<Measure, number>, 'focus' | 'detail'> {
  let sum = 0;
  let squares = 0;
  let steps = 0;
  let wideSteps = 0;
  for (let row = 0; row < height - 2; row++) {
    for (let column = 0; column < width - 2; column++) {
      const at = row * width + column;
      const here = luma[at] as number;
      const right = (luma[at + 1] as number) - here;
      const below = (luma[at + width] as number) - here;
      const right2 = (luma[at + 2] as number) - here;
      const below2 = (luma[at + 2 * width] as number) - here;
      steps += right * right + below * below;
      wideSteps += right2 * right2 + below2 * below2;
      const centre = at + width + 1;
      const laplacian =
        4 * (luma[centre] as number) -
        (luma[centre - 1] as number) -
        (luma[centre + 1] as number) -
        (luma[centre - width] as number) -
        (luma[centre + width] as number);
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  const inner = (width - 2) * (height - 2);
  const mean = sum / inner;
  return { focus: squares / inner - mean * mean, detail: wideSteps === 0 ? 0 : steps / wideSteps };
}
