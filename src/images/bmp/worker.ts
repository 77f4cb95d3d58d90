import { move } from 'piscina';
import { decodeBmp } from './decode.js';
import type { BmpHeader } from './header.js';

/** Decodes a BMP in a worker thread. */
export default function decode({ encoded, header }: { encoded: Uint8Array; header: BmpHeader }) {
  return move(decodeBmp(encoded, header));
}
