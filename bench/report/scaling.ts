import type { Origin } from '../harness/origin.js';
import { renderOrigin } from './origin.js';
import { type Section, TABLES } from './section.js';
import { round, table } from './tables.js';

/** Throughput on some cores, in crops a second. */
export interface Throughput {
  cores: number;
  /** Of one process on all of them. */
  oneProcess: number;
  /** Of a process on each. */
  replicas: number;
}

/** How throughput grows with cores; one core comes first, the most last. */
export interface ScalingResults extends Origin {
  clients: number;
  /** Of each load. */
  seconds: number;
  measured: Throughput[];
}

const COMPUTED_CORES = [4, 8, 16];

export const scaling: Section<ScalingResults> = { name: 'scaling', document: TABLES, render };

function render({ clients, seconds, measured, ...origin }: ScalingResults): string {
  const one = measured[0]?.oneProcess ?? Number.NaN;
  const most = measured.at(-1) ?? { cores: 1, oneProcess: one, replicas: one };
  /** The part that does not grow with cores, by Amdahl's law from the measured ends. */
  const serial = Math.max(0, ((most.cores * one) / most.oneProcess - 1) / (most.cores - 1));
  const replicaEfficiency = most.replicas / (most.cores * one);
  const computed = COMPUTED_CORES.filter((cores) => cores > most.cores).map((cores) => ({
    cores,
    oneProcess: one / (serial + (1 - serial) / cores),
    replicas: one * replicaEfficiency * cores,
  }));
  const row = (how: string, { cores, oneProcess, replicas }: Throughput) => [
    String(cores),
    how,
    round(oneProcess),
    round(oneProcess / one),
    round(replicas),
    round(replicas / one),
  ];
  return [
    `${renderOrigin(origin)}. ${clients} clients, ${seconds} s each.`,
    table(
      ['Cores', '', 'One process, crops/s', 'x one core', 'A replica per core, crops/s', 'x one core'],
      [
        ...measured.map((throughput) => row('measured', throughput)),
        ...computed.map((throughput) => row('computed', throughput)),
      ],
    ),
    `Computed: one process by Amdahl's law with a serial part of ${round(serial * 100)} %, replicas in proportion ` +
      `with an efficiency of ${round(replicaEfficiency * 100)} %, both from what was measured on ${most.cores} cores.`,
  ].join('\n\n');
}
