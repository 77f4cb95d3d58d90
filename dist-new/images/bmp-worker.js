import { move } from 'piscina';
import { decodeBmp } from './bmp.js';
/** Decodes a BMP in a worker thread. */
export default function decode(encoded) {
    return move(decodeBmp(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)));
}
//# sourceMappingURL=bmp-worker.js.map