import { Load } from './load.js';
import type { Model } from './model.js';
import { Server } from './server.js';

const WARM_UP_SECONDS = 3;

/** What one variant did in one round. */
export interface VariantRound {
  cropsPerSecond: number;
  /** Processor time of the service, ms a crop. */
  cpuMsPerCrop: number;
}

export interface SideBySideOptions {
  /** How each of the two is started beyond its defaults. */
  environments: readonly [Record<string, string>, Record<string, string>];
  model: Model;
  jpegs: Buffer[];
  /** For the services' logs. */
  out: string;
  clients: number;
  /** Of each load. */
  seconds: number;
  rounds: number;
}

/**
 * Two variants of a service, both started, each getting the load in turn: the machine's moods meet both.
 *
 * @returns by round, the figures of each.
 * @throws when a request fails.
 */
export async function sideBySide(
  peer: Parameters<typeof Server.start>[0],
  { environments, model, jpegs, out, clients, seconds, rounds }: SideBySideOptions,
): Promise<[VariantRound, VariantRound][]> {
  const running: { server: Server; load: Load }[] = [];
  try {
    for (const environment of environments) {
      const server = await Server.start(peer, model, out, (command) => ({
        ...command,
        env: { ...command.env, ...environment },
      }));
      running.push({ server, load: new Load([server.url], peer, jpegs) });
    }
    for (const { load } of running) await load.run({ clients }, WARM_UP_SECONDS);
    const figures: [VariantRound, VariantRound][] = [];
    while (figures.length < rounds) {
      const both: VariantRound[] = [];
      for (const one of running) both.push(await measure(one, clients, seconds));
      console.error(both);
      figures.push(both as [VariantRound, VariantRound]);
    }
    return figures;
  } finally {
    for (const { load, server } of running) {
      load.dispose();
      await server.stop();
    }
  }
}

async function measure(
  { server, load }: { server: Server; load: Load },
  clients: number,
  seconds: number,
): Promise<VariantRound> {
  const before = server.usage().cpuSeconds;
  const sent = await load.run({ clients }, seconds);
  const failed = sent.find(({ status }) => status !== 200);
  if (failed) throw new Error(`a request failed with ${failed.status}`);
  const inTime = sent.filter(({ startMs, latencyMs }) => startMs + latencyMs <= seconds * 1000).length;
  const cpuSeconds = server.usage().cpuSeconds - before;
  return { cropsPerSecond: inTime / seconds, cpuMsPerCrop: (1000 * cpuSeconds) / sent.length };
}
