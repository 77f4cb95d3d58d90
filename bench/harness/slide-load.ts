import { Agent, request } from 'node:http';

/** Requests that each carry one crop, sent by so many clients at once. */
export interface SlideLoad {
  crops: number;
  seconds: number;
}

/** Each client keeps its connection. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/**
 * Lets clients send crops at once, each the next one when it has its answer: so the crops of all come interleaved.
 *
 * @param pathOf where a client sends its crops.
 * @throws for an answer that is no 2xx.
 */
export async function sendCrops(
  url: string,
  clients: number,
  cropsEach: number,
  jpegs: readonly Buffer[],
  pathOf: (client: number) => string,
): Promise<SlideLoad> {
  const startMs = performance.now();
  const client = async (index: number) => {
    for (let crop = 0; crop < cropsEach; crop++) {
      await post(url + pathOf(index), 'image/jpeg', jpegs[(crop + index) % jpegs.length] ?? Buffer.alloc(0));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { crops: clients * cropsEach, seconds: (performance.now() - startMs) / 1000 };
}

/** @throws for an answer that is no 2xx. */
export function post(url: string, type: string, body: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': type } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(text);
        else reject(new Error(`${url}: ${statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
