import { BASE, fetchWithKey } from '../api/client.ts';

/** What the service tells of a slide as it changes. */
export interface Progress {
  status: string;
  revision: number;
  changeCount: number;
  /** Name of whose it is. */
  claim: string | undefined;
}

const PAUSE_MS = 2_000;

/**
 * Watches a slide's server-sent events. An EventSource sends no key, so the stream is read here.
 *
 * @returns ends the watch.
 */
export function watchSlide(id: string, onProgress: (progress: Progress) => void): () => void {
  const end = new AbortController();
  void watch();
  return () => end.abort();

  async function watch(): Promise<void> {
    while (!end.signal.aborted) {
      try {
        const url = `${BASE}/v1/slides/${encodeURIComponent(id)}/events`;
        const response = await fetchWithKey(new Request(url, { signal: end.signal }));
        if (!response.ok || !response.body) return;
        let text = '';
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          text += part.value;
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) tellOf(event);
        }
      } catch {
        // The connection was lost; the next one tells of everything at once.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  function tellOf(event: string): void {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined || end.signal.aborted) return;
    const { status, revision, changeCount = 0, claim } = JSON.parse(data);
    onProgress({ status, revision, changeCount, claim: claim?.by.name });
  }
}
