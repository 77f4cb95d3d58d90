import type { Session } from '../engines/engine.js';
import type { ModelVersion } from '../registry/registry.js';
import { verifyFiles } from '../registry/verify.js';

/** What `load` gives, if the model's files are as its manifest says; what is wrong with those is the reason otherwise. */
export async function loadVerified(model: ModelVersion, load: () => Promise<Session>): Promise<Session> {
  const [verified, loaded] = await Promise.allSettled([verifyFiles(model), load()]);
  if (verified.status === 'rejected') {
    if (loaded.status === 'fulfilled') await loaded.value.close();
    throw verified.reason;
  }
  if (loaded.status === 'rejected') throw loaded.reason;
  return loaded.value;
}
