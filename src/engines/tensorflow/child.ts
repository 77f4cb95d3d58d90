import type { CropBatch } from '../engine.js';
import type { Answer, LoadedModel, LoadOptions, Request } from './protocol.js';
import { SavedModel } from './saved-model.js';

/** The child process of the adapter: the first message loads its model, each later one runs it on a batch. */
process.once('message', ({ id, input }: Request) => answer(id, () => load(input as LoadOptions)));

async function load(options: LoadOptions): Promise<LoadedModel> {
  const model = await SavedModel.load(options);
  process.on('message', ({ id, input }: Request) => answer(id, () => model.run(input as CropBatch)));
  return { version: model.version, device: model.device };
}

async function answer(id: number, work: () => unknown): Promise<void> {
  let message: Answer;
  try {
    message = { id, output: (await work()) as never };
  } catch (error) {
    message = { id, error: (error as Error).message };
  }
  process.send?.(message);
}

// The service decides when it ends: a terminal's Ctrl-C, which comes here too, must not cut a stop short.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
