import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Contender } from './contender.js';
import { endWithUs } from './end-with-us.js';
import { vegeta } from './paths.js';

/** One request of a load and what became of it. */
export interface SentRequest {
  /** Which of the crops it carried. */
  crop: number;
  status: number;
  /** Milliseconds since the load's start. */
  startMs: number;
  latencyMs: number;
  retryAfter: boolean;
  body: Buffer;
}

/**
 * Closed: so many clients, each sends its next request when it has its answer. Open: so many requests a second at
 * even distances, whether or not answers come, so that a slow answer does not keep later requests from being counted.
 */
export type Shape = { clients: number } | { perSecond: number };

/** Its own waiting for a core would count as the service's; a real client has cores of its own. */
const GENERATOR_NICE = '-10';

/**
 * Drives a service with vegeta (github.com/tsenart/vegeta) in a process of its own, which goes round over the
 * crops.
 */
export class Load {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hemoserve-bench-'));
  readonly #targets = join(this.#folder, 'targets.json');

  /** @param urls one or more replicas, which take turns. */
  constructor(urls: string[], contender: Contender, jpegs: Buffer[]) {
    if (!existsSync(vegeta)) throw new Error('the load generator is missing: npm run bench:setup');
    const targets = jpegs.flatMap((jpeg, crop) => {
      const { path, headers, body } = contender.request(jpeg);
      return urls.map((url) => ({
        method: 'POST',
        // Fragments are not sent, but come back with the result.
        url: `${url}${path}#${crop}`,
        header: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
        body: body.toString('base64'),
      }));
    });
    writeFileSync(this.#targets, targets.map((target) => `${JSON.stringify(target)}\n`).join(''));
  }

  /** Sends for that long, waits for the last answers, and gives all requests in the order of their start. */
  async run(shape: Shape, seconds: number): Promise<SentRequest[]> {
    const file = join(this.#folder, 'results.bin');
    const pace =
      'clients' in shape
        ? ['-rate', '0', '-workers', String(shape.clients), '-max-workers', String(shape.clients)]
        : ['-rate', `${Math.round(shape.perSecond)}/1s`, '-workers', '64'];
    const attack = ['attack', '-format', 'json', '-targets', this.#targets, '-output', file];
    const options = [...attack, '-duration', `${seconds}s`, '-timeout', '60s', ...pace];
    // Where only root may raise a priority, nice says so and runs it as it is.
    const generator = spawn('nice', ['-n', GENERATOR_NICE, vegeta, ...options], {
      stdio: ['ignore', 'inherit', 'ignore'],
    });
    endWithUs(generator);
    const code = await new Promise((resolve) => generator.once('close', resolve));
    if (code !== 0) throw new Error(`vegeta ended with ${code}`);
    return readSentRequests(file);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function readSentRequests(file: string): Promise<SentRequest[]> {
  const encoder = spawn(vegeta, ['encode', '-to', 'json', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sent: SentRequest[] = [];
  for await (const line of createInterface({ input: encoder.stdout })) {
    const { code, timestamp, latency, body, url, headers } = JSON.parse(line);
    sent.push({
      crop: Number(url.split('#').at(-1)),
      status: code,
      startMs: Date.parse(timestamp),
      latencyMs: latency / 1e6,
      retryAfter: headers !== null && 'Retry-After' in headers,
      body: Buffer.from(body ?? '', 'base64'),
    });
  }
  sent.sort((a, b) => a.startMs - b.startMs);
  const firstMs = sent[0]?.startMs ?? 0;
  for (const request of sent) request.startMs -= firstMs;
  return sent;
}
