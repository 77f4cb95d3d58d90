import type { Origin } from '../harness/origin.js';

/** Where and when figures were measured, in a line without its full stop. */
export function renderOrigin({ date, commit, model, crops, machine }: Origin): string {
  return (
    `${date}, commit ${commit}: ${model}, crops: ${crops}; ${machine.processor}, ${machine.cores} cores, ` +
    `${machine.memoryGiB} GiB, Node ${machine.node}`
  );
}
