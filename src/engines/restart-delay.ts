const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/**
 * How long an engine waits before it starts a dead thread or process again: the first time not at all, then twice as
 * long each time.
 *
 * @param starts how often it was started again since it last ran well.
 */
export function restartDelayMs(starts: number): number {
  return starts === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (starts - 1), LONGEST_DELAY_MS);
}
