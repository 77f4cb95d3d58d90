/** A service's metrics, scraped once: by name and labels as they stand, such as `a_total{code="x"}`. */
export type Scrape = Map<string, number>;

/** node:perf_hooks gives the time between two ticks of a timer, which is this where nothing is late. */
const EVENT_LOOP_TICK_MS = 10;

export async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(/^([^#].*) (\S+)$/gm);
  return new Map([...samples].map(([, name = '', value]) => [name, Number(value)]));
}

/** Longest delay of the event loop since the scrape before. */
export function eventLoopDelayMs(metrics: Scrape): number {
  const lagSeconds = metrics.get('nodejs_eventloop_lag_max_seconds') ?? Number.NaN;
  return Math.max(0, lagSeconds * 1000 - EVENT_LOOP_TICK_MS);
}
