/** How often a terminal's line changes; a log file gets a new line as seldom. */
const TERMINAL_MS = 200;
const LOG_MS = 10_000;

/**
 * A progress line: crops done, rate, time left. On a terminal it is written over itself.
 *
 * @returns to be told of the start, with 0 done, and after each crop.
 */
export function progressLine(stream: NodeJS.WriteStream): (done: number, total: number) => void {
  const intervalMs = stream.isTTY ? TERMINAL_MS : LOG_MS;
  let startMs = 0;
  let writtenMs = 0;
  return (done, total) => {
    const nowMs = performance.now();
    if (done === 0) startMs = writtenMs = nowMs;
    if (done < total && nowMs - writtenMs < intervalMs) return;
    writtenMs = nowMs;
    const cropsPerS = done / ((nowMs - startMs) / 1000);
    const leftS = Math.ceil((total - done) / cropsPerS);
    const line = `${done}/${total} crops, ${cropsPerS.toFixed(1)} crops/s, ${leftS} s left`;
    if (!stream.isTTY) stream.write(`${line}\n`);
    else stream.write(`\r\x1b[K${line}${done === total ? '\n' : ''}`);
  };
}
