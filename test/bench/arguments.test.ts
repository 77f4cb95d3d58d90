import { expect, it } from 'vitest';
import { parseArguments } from '../../bench/arguments.js';

it('refuses options that are wrong', () => {
  expect(() => parseArguments(['--peers', 'hemoserve,nobody'])).toThrow('--peers nobody: expected some of');
  expect(() => parseArguments(['--clients', '1,x'])).toThrow('--clients x: expected a positive integer');
  expect(parseArguments(['--peers', 'triton', '--seconds', '3'])).toMatchObject({
    peers: ['triton'],
    clients: [1, 8, 32, 128],
    seconds: 3,
  });
});
