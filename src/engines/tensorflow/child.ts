import type { CropBatch } from '../engine.js';
import type { Answer, LoadedModel, LoadOptions, Request } from './protocol.js';
import { SavedModel } from './saved-model.js';

/** The child process of the adapter: holds one model and answers one request after the other. */
let model: SavedModel | undefined;

async function load(options: LoadOptions): Promise<LoadedModel> {
  model = await SavedModel.load(options);
  return { version: model.version, device: model.device };
}

function run(batch: CropBatch) {
  if (!model) throw new Error('no model is loaded');
  return model.run(batch);
}

process.on('message', async ({ id, name, input }: Request) => {
  let answer: Answer;
  try {
    const output = name === 'load' ? await load(input as LoadOptions) : run(input as CropBatch);
    answer = { id, output };
  } catch (error) {
    answer = { id, error: (error as Error).message };
  }
  process.send?.(answer);
});

// The service decides when it ends: a terminal's Ctrl-C, which comes here too, must not cut a stop short.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
