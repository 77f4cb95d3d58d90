import { join } from 'node:path';

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..');

/** The load generator, from `npm run bench:setup`. */
export const vegeta = join(root, 'bench', '.bin', 'vegeta');

/** A peer's Python environment, from `npm run bench:setup`. */
export function peerEnvironment(name: string): string {
  return join(root, 'bench', `.venv-${name}`);
}

/** Why a peer's environment could not be installed; `npm run bench:setup` leaves it behind. */
export function peerSetupLog(name: string): string {
  return join(root, 'bench', `.setup-${name}.log`);
}
