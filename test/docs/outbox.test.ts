import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { destinationsSchema } from '../../src/lis/destinations/schema.js';
import { codeBlocks, readDocument } from '../support/markdown.js';

const blocks = codeBlocks(readDocument('docs/operate/outbox.md'));
const blockOf = (language: string) => blocks.find((block) => block.language === language)?.text ?? '';

describe('docs/operate/outbox.md', () => {
  it('has a file of destinations that is accepted, with each type', () => {
    const { destinations } = destinationsSchema.parse(parse(blockOf('yaml')));
    expect(destinations.map(({ type }) => type)).toEqual(['mllp', 'fhir', 'webhook']);
  });

  it("has a receiver of webhooks that takes our signature, and nobody else's", async () => {
    const url = `data:text/javascript,${encodeURIComponent(blockOf('js'))}`;
    const { isGenuine } = await import(/* @vite-ignore */ url);
    const key = Buffer.from('k'.repeat(32));
    const signed = (secret: Buffer, timestamp: number) => {
      const signature = createHmac('sha256', secret).update(`m1.${timestamp}.{}`).digest('base64');
      return {
        'webhook-id': 'm1',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${signature}`,
      };
    };
    const now = Math.floor(Date.now() / 1000);
    expect(isGenuine(signed(key, now), Buffer.from('{}'), key)).toBe(true);
    expect(isGenuine(signed(key, now), Buffer.from('{ }'), key)).toBe(false);
    expect(isGenuine(signed(Buffer.from('another key'), now), Buffer.from('{}'), key)).toBe(false);
    expect(isGenuine(signed(key, now - 600), Buffer.from('{}'), key)).toBe(false);
    expect(isGenuine({}, Buffer.from('{}'), key)).toBe(false);
  });
});
