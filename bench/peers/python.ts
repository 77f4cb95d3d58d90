import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../harness/contender.js';
import { peerEnvironment, peerSetupLog, root } from '../harness/paths.js';
import { pythonEnvironment } from '../harness/python.js';

/** What peers in Python have in common; each has its own environment, from `npm run bench:setup`. */
export function pythonPeer(
  peer: Pick<Contender, 'name' | 'title' | 'settings' | 'readyPath' | 'request' | 'probabilities'> & {
    /** A program of the environment and its arguments; without it, `python server.py`. */
    program?: (port: number) => string[];
    env?: (port: number) => Record<string, string>;
  },
): Contender {
  return {
    ...peer,
    missing: () => setupFailure(peer.name),
    command(model, port) {
      const [program = '', ...args] = peer.program?.(port) ?? ['python', 'server.py'];
      return {
        file: join(peerEnvironment(peer.name), 'bin', program),
        args,
        cwd: join(root, 'bench', 'peers', peer.name),
        env: { ...pythonEnvironment(model, port), ...peer.env?.(port) },
      };
    },
  };
}

function setupFailure(name: string): string | undefined {
  const log = peerSetupLog(name);
  if (existsSync(log)) return `not installed: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)}`;
  return existsSync(peerEnvironment(name)) ? undefined : `needs \`npm run bench:setup -- ${name}\``;
}
