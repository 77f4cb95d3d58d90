import { chooseReaders, preprocess } from '../../src/images/preprocess.js';
import { TurboJpeg } from '../../src/images/turbojpeg.js';
import type { Manifest } from '../../src/registry/manifest.js';

/** Crops in work at a time, as in the service on two cores. */
const AT_A_TIME = 2;
const ROUNDS = 3;

/**
 * The processor time of reading a crop, and nothing else, in ms: from its JPEG to the network's pixels. The first round
 * only warms up.
 *
 * @param turbojpeg as HEMOSERVE_TURBOJPEG.
 */
export async function readingCpuMs(
  manifest: Manifest,
  jpegs: readonly Buffer[],
  turbojpeg: string,
): Promise<number> {
  const readers = chooseReaders({ turboJpeg: TurboJpeg.open(turbojpeg) });
  const read = (jpeg: Buffer) => preprocess(jpeg, manifest, Number.POSITIVE_INFINITY, { readers });
  let before = process.cpuUsage();
  for (let round = 0; round <= ROUNDS; round++) {
    if (round === 1) before = process.cpuUsage();
    const left = jpegs.values();
    const work = async () => {
      for (const jpeg of left) await read(jpeg);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (ROUNDS * jpegs.length);
}
