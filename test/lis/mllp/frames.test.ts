import { describe, expect, it } from 'vitest';
import { FrameReader, frame } from '../../../src/lis/mllp/frames.js';

const messages = ['MSH|^~\\&|first\r', 'MSH|^~\\&|Müller\rPID|1\r', ''];
const stream = Buffer.concat(messages.map((message) => frame(Buffer.from(message))));

function readAll(chunks: Buffer[], maxBytes = 1000): string[] {
  const reader = new FrameReader(maxBytes);
  return chunks.flatMap((chunk) => [...reader.read(chunk)]).map(String);
}

describe('MLLP framing', () => {
  it('reads messages that come merged in one read', () => {
    expect(readAll([stream])).toEqual(messages);
  });

  it('reads messages split at any place, down to single bytes', () => {
    for (let at = 1; at < stream.length; at++) {
      expect(readAll([stream.subarray(0, at), stream.subarray(at)])).toEqual(messages);
    }
    expect(readAll([...stream].map((byte) => Buffer.of(byte)))).toEqual(messages);
  });

  it('lets line ends between messages through', () => {
    const spaced = Buffer.concat([Buffer.from('\r\n'), frame(Buffer.from('one')), Buffer.from('\n'), stream]);
    expect(readAll([spaced])).toEqual(['one', ...messages]);
  });

  it.each([
    ['bytes before a message', 'x\x0bMSH\x1c\r'],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['an end block without its carriage return', '\x0bMSH\x1cPID\x1c\r'],
    ['a message within another one', '\x0bMSH|\x0bMSH|\x1c\r'],
  ])('refuses %s', (_, bytes) => {
    expect(() => readAll([Buffer.from(bytes)])).toThrow(expect.objectContaining({ code: 'garbage' }));
  });

  it('refuses a message past its bound before its end comes', () => {
    expect(readAll([frame(Buffer.alloc(100, 'x'))], 100)).toHaveLength(1);
    const endless = [Buffer.from('\x0b'), Buffer.alloc(60, 'x'), Buffer.alloc(60, 'x')];
    expect(() => readAll(endless, 100)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  it('tells whether a message is under way', () => {
    const reader = new FrameReader(100);
    expect(reader.isInside).toBe(false);
    expect([...reader.read(Buffer.from('\x0bMSH'))]).toEqual([]);
    expect(reader.isInside).toBe(true);
    expect([...reader.read(Buffer.from('\x1c\r'))]).toHaveLength(1);
    expect(reader.isInside).toBe(false);
  });

  it('does not send block characters within a message', () => {
    expect(() => frame(Buffer.from('MSH|\x1c|'))).toThrow(expect.objectContaining({ code: 'garbage' }));
    expect(() => frame(Buffer.from('MSH|\x0b|'))).toThrow(expect.objectContaining({ code: 'garbage' }));
  });
});
