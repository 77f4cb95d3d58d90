import { afterAll, beforeAll, expect, it } from 'vitest';
import { Conversation, END, part } from '../support/conversation.js';
import { readFixture } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { ServiceProcess } from '../support/service-process.js';

const FILES = 5000;
const WARM = 1000;

let registry: GeneratedRegistry;
let service: ServiceProcess;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = new ServiceProcess({
    HEMOSERVE_MODELS_DIR: registry.folder,
    // V8 would let tens of megabytes lie that nothing holds.
    NODE_OPTIONS: '--max-old-space-size=64',
  });
});
afterAll(() => {
  service.kill('SIGKILL');
  registry.dispose();
});

/** A crop with a comment of 64 KB, so that what is kept of it shows. */
function largeCrop(): Buffer {
  const jpeg = readFixture('cells/ig.jpg');
  const comment = Buffer.alloc(65_537);
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(65_535, 2);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

it(`memory stays flat while a request of ${FILES} files is answered as NDJSON`, {
  timeout: 240_000,
}, async () => {
  const url = await service.url();
  await service.line('model ready');
  const residentBytes = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
  };
  const crop = part(largeCrop());
  const conversation = new Conversation(url);
  const sent = (async () => {
    for (let index = 0; index < FILES; index++) await conversation.send(crop);
    conversation.request.end(END);
  })();
  const samples: number[] = [];
  for (let index = 0; index < FILES; index++) {
    const line = await conversation.line();
    expect(line).toMatchObject({ index, class: expect.any(String) });
    if (index >= WARM && index % 250 === 0) samples.push(await residentBytes());
  }
  await sent;
  expect(await conversation.rest()).toEqual([expect.objectContaining({ imageCount: FILES })]);
  const [warm = Number.NaN] = samples;
  // Were the files kept, it would be all of their bytes.
  expect(Math.max(...samples) - warm).toBeLessThan(0.1 * (FILES - WARM) * crop.length);
});
