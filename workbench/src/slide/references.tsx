/** Pictures of the classes, to compare with. */
export function References(_: { names: readonly string[] }) {
  return null;
}
