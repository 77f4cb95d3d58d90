import { readFileSync } from 'node:fs';
import type { EngineName } from '../../vocabulary/engines.js';
import type { Precision } from '../../vocabulary/precisions.js';

/** What decides which arithmetic is fast: instructions that sum products of int8 in 32 bits, or none of them. */
export type InstructionSet = 'vnni' | 'other';

type Way = `${EngineName} ${Precision}`;

/**
 * Crops per second of the published default on two cores, in the best batch of each way (`npm run
 * bench:compare-engines -- --sizes 1,4,8,16`): with VNNI of inceptionv3 1.4.0 on an Intel Xeon without AMX (with AMX the
 * first one is the fastest too); without it of 2.0.0 on an AMD EPYC with AVX2. Its int8 weights have 7 bits, so that sums
 * of products do not overflow where VNNI is missing.
 */
const CROPS_PER_S: Record<InstructionSet, Partial<Record<Way, number>>> = {
  vnni: {
    'openvino int8': 351,
    'onnxruntime int8': 179,
    'openvino float32': 116,
    'onnxruntime float32': 108,
    'openvino bfloat16': 70,
  },
  other: {
    'openvino int8': 93,
    'onnxruntime int8': 66,
    'onnxruntime float32': 47,
    'openvino float32': 45,
  },
};

/** Of a processor, by its flags as Linux lists them. */
export function instructionSet(flags: readonly string[]): InstructionSet {
  return flags.includes('avx512_vnni') || flags.includes('avx_vnni') ? 'vnni' : 'other';
}

/** Of this machine; `other` where it does not tell. */
export function ownInstructionSet(): InstructionSet {
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return instructionSet(flags.trim().split(' '));
  } catch {
    return 'other';
  }
}

/** OpenVINO compiles a network for each batch size, which takes many seconds unless its compiled files are kept. */
const COMPILES: ReadonlySet<EngineName> = new Set(['openvino']);

/**
 * Ways to run a model in the order in which a first start tries them: those that are ready at once, then those that
 * compile; among each the one first that is expected to be fastest, those of which nothing is known last.
 */
export function forFirstStart<T extends { engine: EngineName; precision: Precision }>(
  ways: readonly T[],
  instructions: InstructionSet,
): T[] {
  const speed = ({ engine, precision }: T) => CROPS_PER_S[instructions][`${engine} ${precision}`] ?? 0;
  const compiles = ({ engine }: T) => Number(COMPILES.has(engine));
  return ways.toSorted((a, b) => compiles(a) - compiles(b) || speed(b) - speed(a));
}
