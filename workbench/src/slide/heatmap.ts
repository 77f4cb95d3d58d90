import { ApiError, BASE, fetchWithKey } from '../api/client.ts';
import type { Classification, Crop } from '../api/types.ts';

/** What a version says of crops now; it changes nothing in the slide. @throws {ApiError} */
export async function classify(
  files: readonly Blob[],
  { name, version }: Crop['model'],
  query: Record<string, string> = {},
): Promise<(Classification | undefined)[]> {
  const form = new FormData();
  for (const file of files) form.append('image', file, 'crop');
  const search = new URLSearchParams({ ...(name && { model: name, version }), ...query });
  const request = new Request(`${BASE}/v1/classify?${search}`, { method: 'POST', body: form });
  const response = await fetchWithKey(request);
  const answer = await response.json();
  if (!response.ok) throw ApiError.of(response.status, answer);
  return answer.results.map((result: Classification | { error: unknown }) =>
    'error' in result ? undefined : result,
  );
}

/** A picture of where the network sees the class, over the crop. @throws {ApiError} such as no_heatmap. */
export async function heatmapOf(file: Blob, model: Crop['model']): Promise<string | undefined> {
  const [result] = await classify([file], model, { explain: 'heatmap' });
  return result?.heatmap && `data:image/png;base64,${result.heatmap.png}`;
}
