import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { SlideCrop } from '../../src/slides/crop.js';

/** A service that can be killed, and started again on the same database. */
export interface Killable {
  start(): Promise<{ url: string; kill(): Promise<void> }>;
}

export interface KillFigures {
  moments: number;
  /** Crops that were answered before the service was killed, over all moments. */
  answered: number;
  /** Crops that were kept, but whose answer did not come any more. */
  keptUnanswered: number;
  /** Moments at which the slide was answered complete, and verified. */
  completed: number;
  verified: number;
}

const CROPS = 24;
const CLIENTS = 4;

interface Told {
  id: string;
  made: boolean;
  /** The class by hash. */
  crops: Map<string, unknown>;
  completed: boolean;
  verified: boolean;
}

/**
 * Sends a slide to the service and kills it (SIGKILL) at a random moment, again and again. After each start it is
 * checked that whatever was answered is there, and that all crops sent once more are counted once each.
 *
 * @param random gives numbers from 0 to 1.
 * @throws {Error} which says what was lost or counted twice.
 */
export async function killAtMoments(
  service: Killable,
  moments: number,
  random: () => number,
  onMoment: (figures: KillFigures) => void = () => {},
): Promise<KillFigures> {
  const crops = await drawCrops();
  const figures: KillFigures = { moments: 0, answered: 0, keptUnanswered: 0, completed: 0, verified: 0 };
  let running = await service.start();
  // How long a slide takes; the first one is slower, while code is compiled.
  for (const id of ['first', 'second']) await sendSlide(running.url, tellOf(id), crops);
  const startMs = performance.now();
  await sendSlide(running.url, tellOf('third'), crops);
  const slideMs = performance.now() - startMs;
  while (figures.moments < moments) {
    const told = tellOf(`killed${figures.moments}`);
    const sending = sendSlide(running.url, told, crops).catch(() => {});
    await sleep(random() * slideMs);
    await running.kill();
    await sending;
    running = await service.start();
    await check(running.url, told, crops, figures);
    figures.moments += 1;
    onMoment(figures);
  }
  await running.kill();
  return figures;
}

function tellOf(id: string): Told {
  return { id, made: false, crops: new Map(), completed: false, verified: false };
}

/** Makes a slide, adds all crops from several clients at once, completes and verifies it; tells what was answered. */
async function sendSlide(url: string, told: Told, crops: Buffer[]): Promise<void> {
  await post(`${url}/v1/slides`, { id: told.id, specimenNumber: told.id });
  told.made = true;
  const rest = [...crops];
  const client = async () => {
    for (let crop = rest.pop(); crop; crop = rest.pop()) {
      const { results } = await postCrop(url, told.id, crop);
      for (const result of results) told.crops.set(result.crop, result.class);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await post(`${url}/v1/slides/${told.id}/complete`);
  told.completed = true;
  await post(`${url}/v1/slides/${told.id}/verify`, { by: { name: 'Ada Lovelace' } });
  told.verified = true;
}

async function check(url: string, told: Told, crops: Buffer[], figures: KillFigures): Promise<void> {
  figures.answered += told.crops.size;
  if (told.completed) figures.completed += 1;
  if (told.verified) figures.verified += 1;
  const response = await fetch(`${url}/v1/slides/${told.id}`);
  if (response.status === 404 && !told.made) return;
  const slide = (await response.json()) as Slide;
  const kept = new Map(slide.crops.map(({ crop, result }) => [crop, result.class]));
  figures.keptUnanswered += kept.size - told.crops.size;
  for (const [crop, className] of told.crops) {
    if (kept.get(crop) !== className) throw new Error(`${told.id}: crop ${crop} was answered and is lost`);
  }
  if (kept.size !== slide.cropCount)
    throw new Error(`${told.id}: counts ${slide.cropCount}, has ${kept.size}`);
  if (told.completed && slide.status === 'open') throw new Error(`${told.id}: was complete and is open`);
  if (told.verified && slide.status !== 'verified') throw new Error(`${told.id}: was verified and is not`);
  if (slide.status !== 'open' && kept.size !== CROPS)
    throw new Error(`${told.id}: complete without all crops`);
  // As a client does whose answer was lost.
  await sendSlide(url, told, crops);
  const whole = (await (await fetch(`${url}/v1/slides/${told.id}`)).json()) as Slide;
  if (whole.cropCount !== CROPS || new Set(whole.crops.map(({ crop }) => crop)).size !== CROPS) {
    throw new Error(`${told.id}: has ${whole.cropCount} crops instead of ${CROPS}`);
  }
  if (whole.verifications.length !== 1)
    throw new Error(`${told.id}: verified ${whole.verifications.length} times`);
}

interface Slide {
  status: string;
  cropCount: number;
  crops: { crop: string; result: SlideCrop['result'] }[];
  verifications: unknown[];
}

async function postCrop(url: string, id: string, crop: Buffer) {
  return (await answerOf(`${url}/v1/slides/${id}/crops`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(crop),
  })) as { results: { crop: string; class: string }[] };
}

async function post(url: string, body?: object): Promise<unknown> {
  return answerOf(url, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function answerOf(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const answer = await response.json();
  if (!response.ok) throw new Error(`${url}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Pictures that differ, half dark and half light. */
function drawCrops(): Promise<Buffer[]> {
  const side = 32;
  return Promise.all(
    Array.from({ length: CROPS }, (_, index) => {
      const pixels = Buffer.alloc(side * side * 3, 10 * index).fill(255, (side * side * 3) / 2);
      return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer();
    }),
  );
}
