import { describe, expect, it } from 'vitest';
import { readVerdict } from '../../../src/lis/mllp/acknowledgement.js';

const answer = (msa: string, ...rest: string[]) =>
  Buffer.from(['MSH|^~\\&|LIS|LAB|||20260101||ACK|9|P|2.5.1', msa, ...rest, ''].join('\r'));

describe('acknowledgements', () => {
  it.each([
    ['AA', 'accepted'],
    ['CA', 'accepted'],
    ['AE', 'error'],
    ['CE', 'error'],
    ['AR', 'rejected'],
    ['CR', 'rejected'],
  ])('%s is %s', (code, verdict) => {
    expect(readVerdict(answer(`MSA|${code}|ID1`), 'ID1')).toEqual({ verdict, reason: code });
  });

  it('has the reason in the words of the receiver', () => {
    const bytes = answer(
      'MSA|AE|ID1|no such order',
      'ERR||ORC^1^2|204^Unknown key^HL70357|E|||order 7|Ask IT',
    );
    expect(readVerdict(bytes, 'ID1')).toEqual({
      verdict: 'error',
      reason: 'AE no such order 204 Unknown key Ask IT',
    });
  });

  it('refuses the answer to another message', () => {
    expect(() => readVerdict(answer('MSA|AA|ID2'), 'ID1')).toThrow(
      expect.objectContaining({ code: 'wrong_control_id' }),
    );
  });

  it.each([
    ['no HL7', Buffer.from('OK')],
    ['no MSA', answer('PID|1')],
    ['an unknown code', answer('MSA|OK|ID1')],
    ['an empty code', answer('MSA||ID1')],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_, bytes) => {
    expect(() => readVerdict(bytes, 'ID1')).toThrow(expect.objectContaining({ code: 'no_acknowledgement' }));
  });
});
