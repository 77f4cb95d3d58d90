import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { usage } from '../../../bench/harness/process-tree.js';

it('counts what a process and its children use', async () => {
  const grandchild =
    "const held = Buffer.alloc(64 << 20, 1); for (const end = Date.now() + 300; Date.now() < end; ); console.log('busy'); setInterval(() => held, 1000)";
  const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
  const root = spawn(process.execPath, ['-e', child], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = root.pid ?? 0;
  try {
    await once(root.stdout, 'data');
    const { cpuSeconds, memoryMiB } = usage(pid);
    expect(cpuSeconds).toBeGreaterThan(0.05);
    expect(memoryMiB).toBeGreaterThan(64);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});
