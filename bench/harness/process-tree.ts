import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

interface Process {
  pid: number;
  parent: number;
  session: number;
  cpuSeconds: number;
}

/** What a process and all that it started have used. */
export interface Usage {
  /** Of the living ones and of those that were waited for. */
  cpuSeconds: number;
  /** Proportional set size (PSS): memory that processes share counts once. */
  memoryMiB: number;
}

/** Reads /proc; the root's session or its descent tells which processes belong to it. */
export function usage(root: number): Usage {
  const processes = processTree(root);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return {
    cpuSeconds: sum(processes.map(({ cpuSeconds }) => cpuSeconds)),
    memoryMiB: sum(processes.map(({ pid }) => pssMiB(pid))),
  };
}

export function processTree(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const members = new Set([root]);
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const { pid, parent, session } of all) {
      if (session === root || members.has(parent)) members.add(pid);
    }
  }
  return all.filter(({ pid }) => members.has(pid));
}

function readProcess(pid: number): Process | undefined {
  // The command's name, which may have spaces, stands in brackets before these (proc_pid_stat(5)).
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ').map(Number);
  if (!fields) return undefined;
  const [, parent = 0, , session = 0] = fields;
  const ticks = fields.slice(11, 15).reduce((total, value) => total + value, 0);
  return { pid, parent, session, cpuSeconds: ticks / TICKS_PER_SECOND };
}

function pssMiB(pid: number): number {
  const [, kiB = 0] = read(`/proc/${pid}/smaps_rollup`)?.match(/^Pss:\s+(\d+)/m) ?? [];
  return Number(kiB) / 1024;
}

/** Nothing for a process that has ended meanwhile. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
