import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { freePort, pythonProgram } from './peers.js';

/** A server from PyPI that speaks S3, with one empty bucket. */
export interface Moto {
  s3Endpoint: string;
  /** Its clients keep their credentials. */
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts it, and sets the variables by which Amazon's client has credentials until it is disposed of. */
export async function startMoto(bucket: string): Promise<Moto> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const port = await freePort();
  const moto = spawn(pythonProgram('.venv', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const s3Endpoint = `http://127.0.0.1:${port}`;
  await vi.waitFor(() => fetch(s3Endpoint), { timeout: 60_000, interval: 200 });
  const client = new S3Client({ endpoint: s3Endpoint, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  async function stop() {
    if (moto.exitCode !== null || moto.signalCode !== null) return;
    moto.kill();
    await once(moto, 'exit');
  }
  return {
    s3Endpoint,
    stop,
    async dispose() {
      await stop();
      vi.unstubAllEnvs();
    },
  };
}
