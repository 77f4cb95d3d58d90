import { move } from 'piscina';
import { decodeBmp } from './bmp.js';

/** Decodes a BMP in a worker thread. */
export default function decode(encoded: Uint8Array) {
  return move(decodeBmp(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)));
}
