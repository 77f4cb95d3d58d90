import { expect, it } from 'vitest';
import { isLoopback } from '../../src/settings/loopback.js';

it.each([
  ['127.0.0.1', true],
  ['127.255.3.4', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['128.0.0.1', false],
  ['fe80::1', false],
  ['::ffff:10.0.0.1', false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
