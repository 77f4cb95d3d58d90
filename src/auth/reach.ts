import { lookup } from 'node:dns/promises';
import { SettingsError } from '../settings/load.js';
import { isLoopback } from '../settings/loopback.js';
import type { Settings } from '../settings/schema.js';
import { asksCallers } from './authenticator.js';

/**
 * Refuses to listen where other machines reach a service that asks nobody who they are, unless the settings say so.
 *
 * @throws {SettingsError}
 */
export async function checkReach(settings: Settings): Promise<void> {
  const { host, auth } = settings;
  if (auth === 'none' || asksCallers(settings)) return;
  const addresses = await lookup(host, { all: true });
  if (addresses.every(({ address }) => isLoopback(address))) return;
  throw new SettingsError([
    `HOST: other machines reach ${host}, and nobody is asked who they are: set HEMOSERVE_KEYS_FILE or ` +
      'HEMOSERVE_OIDC_ISSUER, or HEMOSERVE_AUTH=none if a proxy or a network keeps others away',
  ]);
}
