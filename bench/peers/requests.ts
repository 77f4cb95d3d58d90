import type { CropRequest } from '../harness/contender.js';

/** One JPEG as a multipart form with one file. */
export function multipart(path: string, field: string, jpeg: Buffer): CropRequest {
  const boundary = 'hemoserve-bench';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="crop.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return {
    path,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

export function json(path: string, value: unknown): CropRequest {
  return { path, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
