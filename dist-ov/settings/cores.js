import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
/** Where a container sees its own CPU limit: cgroup v2, then v1; the quota and its period in microseconds. */
const LIMIT_FILES = [
    ['sys/fs/cgroup/cpu.max'],
    ['sys/fs/cgroup/cpu/cpu.cfs_quota_us', 'sys/fs/cgroup/cpu/cpu.cfs_period_us'],
];
/**
 * Cores that this process may use: those of its affinity mask, and no more than its container's CPU limit rounded
 * up. Node looks at that limit only from version 22.12 (libuv 1.49) on.
 *
 * @param root in place of `/`, for tests.
 */
export function availableCores(root = '/') {
    return Math.min(availableParallelism(), Math.ceil(cpuLimit(root)));
}
function cpuLimit(root) {
    for (const files of LIMIT_FILES) {
        try {
            const text = files.map((file) => readFileSync(join(root, file), 'utf8').trim()).join(' ');
            const [quotaUs = Number.NaN, periodUs = Number.NaN] = text.split(' ').map(Number);
            // "max", or -1 in v1, is no limit.
            return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : Number.POSITIVE_INFINITY;
        }
        catch {
            // No such hierarchy here, or another system than Linux.
        }
    }
    return Number.POSITIVE_INFINITY;
}
//# sourceMappingURL=cores.js.map