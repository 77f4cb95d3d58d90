import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Settings } from '../settings/schema.js';

const CONNECT_MS = 5_000;
/** Without a byte. */
const IDLE_MS = 30_000;
/** Keys that one call deletes. */
const MOST_DELETED = 1_000;

/** An object's key below the prefix, and its size. */
export interface StoredObject {
  key: string;
  sizeBytes: number;
}

/**
 * The objects below one prefix of a bucket, in a store that speaks S3. Its module takes long to load: to be imported
 * only where it is used. Credentials are found as the AWS SDK does: variables, files, and the roles of its clouds.
 */
export class Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param url `s3://BUCKET/PREFIX` */
  constructor(url: string, { s3Endpoint, s3Region }: Pick<Settings, 's3Endpoint' | 's3Region'>) {
    const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
    this.#bucket = bucket;
    this.#prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
    const region = s3Region ?? (s3Endpoint && 'us-east-1');
    this.#client = new S3Client({
      ...(region && { region }),
      // Stores of one's own have no name for each bucket, and know no newer checksums.
      ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
    });
  }

  /** All objects below a further prefix. */
  async list(below = ''): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const wanted = { Bucket: this.#bucket, Prefix: this.#prefix + below };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, wanted)) {
      for (const { Key = '', Size = 0 } of Contents) {
        found.push({ key: Key.slice(this.#prefix.length), sizeBytes: Size });
      }
    }
    return found;
  }

  /** An object; undefined where there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    const body = await this.#get(key);
    return body && Buffer.concat(await body.toArray());
  }

  /**
   * Writes an object to a file.
   *
   * @returns its SHA-256; undefined where there is no such object.
   * @throws {Error} also for one of more than `mostBytes`, whose file is left unfinished.
   */
  async download(key: string, file: string, mostBytes: number): Promise<string | undefined> {
    const body = await this.#get(key);
    if (!body) return undefined;
    const hash = createHash('sha256');
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        let bytes = 0;
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > mostBytes) throw new Error(`${key} has more than ${mostBytes} bytes`);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file, { mode: 0o600 }),
    );
    return hash.digest('hex');
  }

  async write(key: string, content: Uint8Array): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, Body: content }),
    );
  }

  /** Deletes all objects below a further prefix. */
  async deleteAll(below: string): Promise<void> {
    const keys = (await this.list(below)).map(({ key }) => ({ Key: this.#prefix + key }));
    for (let at = 0; at < keys.length; at += MOST_DELETED) {
      const Objects = keys.slice(at, at + MOST_DELETED);
      const { Errors = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
      const [first] = Errors;
      if (first) throw new Error(`${first.Key} was not deleted: ${first.Message}`);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #get(key: string): Promise<Readable | undefined> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key }),
      );
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}
