/** How many crops a slide was to get, for whoever opens the page again before they have all come. */
const key = (slideId: string) => `hemoserve.expected.${slideId}`;

export function expectCrops(slideId: string, count: number): void {
  sessionStorage.setItem(key(slideId), String(count));
}

export function expectedCrops(slideId: string): number | undefined {
  const count = sessionStorage.getItem(key(slideId));
  return count === null ? undefined : Number(count);
}
