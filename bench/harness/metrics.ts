/** A service's metrics, scraped once: by name and labels as they stand, such as `a_total{code="x"}`. */
export type Scrape = Map<string, number>;

/** node:perf_hooks gives the time between two ticks of a timer, which is this where nothing is late. */
const EVENT_LOOP_TICK_MS = 10;

export async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(/^([^#].*) (\S+)$/gm);
  return new Map([...samples].map(([, name = '', value]) => [name, Number(value)]));
}

/** Sum of a metric's samples that have these labels, among others; undefined where there are none. */
export function sumOf(metrics: Scrape, name: string, labels: Record<string, string>): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const found = [...metrics].filter(([key]) => {
    const [, metric, list = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(key) ?? [];
    return metric === name && wanted.every((label) => list.split(',').includes(label));
  });
  return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
}

/** Longest delay of the event loop since the scrape before. */
export function eventLoopDelayMs(metrics: Scrape): number {
  const lagSeconds = metrics.get('nodejs_eventloop_lag_max_seconds') ?? Number.NaN;
  return Math.max(0, lagSeconds * 1000 - EVENT_LOOP_TICK_MS);
}
