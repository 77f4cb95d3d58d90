import sharp from 'sharp';

/** Where the network sees a class. */
export interface Heatmap {
  class: string;
  /** A PNG of the crop after preprocessing with the map over it, in base64. */
  png: string;
}

/** Activation maps of all classes: float32 (height, width, channels). */
export interface ActivationMaps {
  values: Float32Array;
  width: number;
  height: number;
  /** Classes. */
  channels: number;
}

/** From what speaks a little for the class, nearly transparent, to what speaks most for it. */
const COLD = [255, 220, 60];
const HOT = [215, 20, 20];
/** Of the hottest place. */
const OPACITY = 0.65;

/**
 * Lays a class activation map (Zhou et al. 2016, "Learning deep features for discriminative localization") over its crop.
 * What speaks against the class is left as it is; the colours are relative to the hottest place. sharp enlarges the map
 * and lays it on in its own threads.
 *
 * @param crop uint8 (height, width, 3).
 * @param channel the class.
 * @returns a PNG in base64.
 */
export async function heatmap(
  crop: { pixels: Uint8Array; width: number; height: number },
  { values, width, height, channels }: ActivationMaps,
  channel: number,
): Promise<string> {
  const places = Array.from(
    { length: width * height },
    (_, index) => values[index * channels + channel] ?? 0,
  );
  const hottest = Math.max(...places, Number.MIN_VALUE);
  const colours = places.flatMap((value) => colourOf(Math.max(0, value) / hottest));
  const size = { width: crop.width, height: crop.height };
  const overlay = await sharp(Uint8Array.from(colours), { raw: { width, height, channels: 4 } })
    .resize({ ...size, fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
  const png = await sharp(crop.pixels, { raw: { ...size, channels: 3 } })
    .composite([{ input: overlay }])
    .removeAlpha()
    .png()
    .toBuffer();
  return png.toString('base64');
}

/** RGBA of a heat from 0 to 1. */
function colourOf(heat: number): number[] {
  const colour = COLD.map((cold, index) => cold + heat * ((HOT[index] ?? 0) - cold));
  return [...colour, 255 * OPACITY * heat];
}
