/** Image formats that file-type does not know, by the bytes that they begin with (or have at an offset). */
const SIGNATURES: [name: string, signature: RegExp][] = [
  ['DICOM', /^[\s\S]{128}DICM/],
  ['PNM (PBM, PGM, PPM, PAM)', /^P[1-7]\s/],
  ['DDS', /^DDS /],
  ['OpenEXR', /^v\/1[^ -~]/],
  ['Radiance HDR', /^#\?(RADIANCE|RGBE)/],
  ['FITS', /^SIMPLE {2}=/],
  ['Zeiss CZI', /^ZISRAWFILE/],
  ['NRRD', /^NRRD000/],
  ['QOI', /^qoif/],
  ['farbfeld', /^farbfeld/],
  ['XPM', /^\/\* XPM \*\//],
  ['WMF', /^\xd7\xcd\xc6\x9a/],
  ['EMF', /^[\s\S]{40} EMF/],
  ['PDF', /^%PDF-/],
  // Text, of which file-type knows at most that it is XML.
  ['image/svg+xml', /^\s*(<[?!][\s\S]*)?<svg[\s>]/i],
];

/** The name of a format, if it is one of these. */
export function formatName(begin: Buffer): string | undefined {
  const text = begin.toString('latin1', 0, 1024);
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0];
}
