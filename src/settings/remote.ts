import { z } from 'zod';
import { integer, setting } from './setting.js';

/** What a model is called in the engine cluster. */
export interface RemoteModel {
  name: string;
  /** The cluster's choice without it. */
  version?: string;
}

/** Remote models by `name@version` or `name`. */
function remoteModels(text = ''): Readonly<Record<string, RemoteModel | undefined>> {
  const entries = text
    .split(',')
    .filter(Boolean)
    .map((entry) => {
      const [own = '', remote = ''] = entry.split('=');
      const [name = '', version] = remote.split(':');
      return [own, { name, ...(version !== undefined && { version }) }] as const;
    });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** The engine cluster that runs the models, with HEMOSERVE_ENGINE=remote: docs/operate/remote.md. */
export const remoteSettings = {
  remoteUrl: setting(
    'HEMOSERVE_REMOTE_URL',
    z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
    'Server of the Open Inference Protocol v2 that runs the models with `HEMOSERVE_ENGINE=remote` ' +
      '([Remote](../operate/remote.md)), such as `http://triton:8000`',
  ),
  remoteModels: setting(
    'HEMOSERVE_REMOTE_MODELS',
    z
      .string()
      .regex(
        /^[a-z0-9-]+(@\d+\.\d+\.\d+)?=[\w.-]+(:[\w.-]+)?(,[a-z0-9-]+(@\d+\.\d+\.\d+)?=[\w.-]+(:[\w.-]+)?)*$/,
        'expected name@version=NAME:VERSION or name=NAME, separated by commas, such as inceptionv3@2.0.0=cells:3',
      )
      .optional()
      .transform(remoteModels),
    'What the models are called there, as `name@version=NAME:VERSION` or `name=NAME`, separated by commas; by their ' +
      'own names, in the version that the server chooses, unless set',
  ),
  remoteToken: setting(
    'HEMOSERVE_REMOTE_TOKEN',
    z
      .string()
      .regex(/^[\w.~+/-]+=*$/, 'expected a bearer token')
      .optional(),
    'Bearer token that the remote engine asks for',
  ),
  remoteTimeoutMs: setting(
    'HEMOSERVE_REMOTE_TIMEOUT_MS',
    integer(1, 3_600_000).default(10_000),
    'Longest wait for the remote engine to answer a batch',
  ),
  remoteStartMs: setting(
    'HEMOSERVE_REMOTE_START_MS',
    integer(0, 86_400_000).default(60_000),
    'How long a start or a reload waits for a remote engine that is not ready',
  ),
  remoteConcurrency: setting(
    'HEMOSERVE_REMOTE_CONCURRENCY',
    integer(1, 1024).default(4),
    'Batches that the remote engine has at a time',
  ),
  remoteTensors: setting(
    'HEMOSERVE_REMOTE_TENSORS',
    z.enum(['auto', 'binary', 'json']).default('auto'),
    'How tensors are sent to the remote engine; `auto` takes bytes if its metadata names the extension ' +
      '`binary_tensor_data`, and JSON otherwise',
  ),
};

/** What is wrong with these settings together. */
export function remoteProblems({
  engine,
  remoteUrl,
}: {
  engine: string;
  remoteUrl?: string | undefined;
}): { path: string[]; message: string }[] {
  if (engine !== 'remote' || remoteUrl) return [];
  return [
    { path: ['remoteUrl'], message: 'expected the URL of the remote engine, as HEMOSERVE_ENGINE is remote' },
  ];
}
