import type { SelfTime } from '../report/profile.js';

/** A .cpuprofile, as Node and Chrome write it; times in microseconds. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

const TOP = 15;

/**
 * Self time on one thread by where the code is: our file, the package, Node's own module, or V8's word for it
 * (`(program)` is native code, `(idle)` is waiting).
 *
 * @param window begin and end in seconds before the profile's end.
 */
export function selfTimes(profile: CpuProfile, window: [number, number], crops: number): SelfTime[] {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, place(callFrame)]));
  const [fromUs, toUs] = window.map((seconds) => profile.endTime - seconds * 1e6) as [number, number];
  const selfUs = new Map<string, number>();
  let atUs = profile.startTime;
  profile.samples.forEach((id, index) => {
    const deltaUs = profile.timeDeltas[index] ?? 0;
    atUs += deltaUs;
    if (atUs < fromUs || atUs > toUs) return;
    const name = places.get(id) ?? '';
    selfUs.set(name, (selfUs.get(name) ?? 0) + deltaUs);
  });
  const rows = [...selfUs].sort(([, a], [, b]) => b - a);
  const others = rows.slice(TOP).reduce((sum, [, value]) => sum + value, 0);
  return [...rows.slice(0, TOP), ['others', others] as const].map(([where, value]) => ({
    where,
    msPerCrop: value / 1000 / crops,
  }));
}

function place({ functionName, url }: { functionName: string; url: string }): string {
  const [, dependency] = url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/) ?? [];
  if (dependency) return dependency;
  if (url.startsWith('node:')) return url;
  const [, ours] = url.match(/\/dist\/(.*)/) ?? [];
  return ours ? `dist/${ours}` : functionName || '(anonymous)';
}
