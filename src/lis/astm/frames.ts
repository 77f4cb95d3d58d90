import { RECORD_END } from './records.js';

export const STX = 0x02;
export const ETX = 0x03;
export const EOT = 0x04;
export const ENQ = 0x05;
export const ACK = 0x06;
export const NAK = 0x15;
export const ETB = 0x17;

/** Most bytes of text in a frame (ASTM E1381, 6.3.1.2); CLSI LIS01-A2 keeps it for older receivers. */
const MOST_BYTES = 240;

/**
 * The frames of a message (CLSI LIS01-A2, ASTM E1381): STX, number, text, ETB or ETX, checksum, CR LF. Each record
 * begins a frame; a longer one goes on in the next, after ETB.
 *
 * @param message records, each ended by a carriage return.
 * @param encoding the character set of the line.
 */
export function astmFrames(message: string, encoding: 'latin1' | 'utf8' = 'utf8'): Buffer[] {
  const frames: Buffer[] = [];
  for (const record of message.split(RECORD_END).slice(0, -1)) {
    const bytes = Buffer.from(record + RECORD_END, encoding);
    for (let start = 0; start < bytes.length; start += MOST_BYTES) {
      const text = bytes.subarray(start, start + MOST_BYTES);
      const end = start + MOST_BYTES < bytes.length ? ETB : ETX;
      // Numbers go from 1 to 7 and on with 0.
      frames.push(frame((frames.length + 1) % 8, text, end));
    }
  }
  return frames;
}

function frame(number: number, text: Buffer, end: number): Buffer {
  const summed = Buffer.concat([Buffer.from(String(number)), text, Buffer.from([end])]);
  return Buffer.concat([Buffer.from([STX]), summed, Buffer.from(`${checksum(summed)}\r\n`)]);
}

/** The sum of the bytes from the frame's number to its ETB or ETX, modulo 256, as two hexadecimal digits. */
export function checksum(bytes: Buffer): string {
  const sum = bytes.reduce((total, byte) => total + byte, 0) % 256;
  return sum.toString(16).toUpperCase().padStart(2, '0');
}

/** What a frame that came says. */
export interface AstmFrame {
  number: number;
  text: Buffer;
  /** Whether the record goes on in the next frame. */
  goesOn: boolean;
}

/** Reads one frame, from STX to CR LF; undefined (to be answered with NAK) where it is damaged. */
export function readFrame(bytes: Buffer): AstmFrame | undefined {
  const end = bytes.length - 5;
  const endsWell = bytes[end] === ETX || bytes[end] === ETB;
  if (bytes[0] !== STX || end < 2 || !endsWell || bytes.subarray(-2).toString('latin1') !== '\r\n')
    return undefined;
  const number = Number.parseInt(String.fromCharCode(bytes[1] as number), 8);
  const sum = bytes
    .subarray(end + 1, end + 3)
    .toString('latin1')
    .toUpperCase();
  if (Number.isNaN(number) || sum !== checksum(bytes.subarray(1, end + 1))) return undefined;
  return { number, text: bytes.subarray(2, end), goesOn: bytes[end] === ETB };
}
