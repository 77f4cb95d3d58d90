/** Pixels without encoding: uint8 (height, width, 3), RGB. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A dark disc with bands on a bright ramp; no row, column or channel is like another. */
export function picture(width = 37, height = 29): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const inDisc = Math.hypot(x - width / 2.3, y - height / 1.9) < Math.min(width, height) / 3;
      const ramp = (100 * x) / width + (50 * y) / height;
      pixels[at] = inDisc ? 90 + (ramp % 40) : 250 - ramp / 3;
      pixels[at + 1] = inDisc ? 20 + ramp / 2 : 230 - ramp / 2;
      pixels[at + 2] = inDisc ? 130 + ramp / 3 : 240 - ramp;
    }
  }
  return { width, height, pixels };
}

/** Palette indices of a picture by its green, and the picture that they give. */
export function indexed({ width, height, pixels }: Picture, bits: number) {
  const colours = 2 ** bits;
  const palette = Array.from({ length: colours }, (_, index) => {
    const level = Math.round((255 * index) / (colours - 1));
    return [level, 255 - level, (level * 7) % 256] as const;
  });
  const indices = Array.from({ length: width * height }, (_, pixel) =>
    Math.floor(((pixels[3 * pixel + 1] ?? 0) * colours) / 256),
  );
  const shown = Uint8Array.from(indices.flatMap((index) => palette[index] ?? []));
  return { palette, indices, shown: { width, height, pixels: shown } };
}
