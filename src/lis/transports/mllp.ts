import type { Outcome } from '../delivery.js';
import { readVerdict, type Verdict } from '../mllp/acknowledgement.js';
import { MllpClient } from '../mllp/client.js';
import type { MllpTarget } from '../mllp/connection.js';
import { MllpError } from '../mllp/error.js';
import type { Transport } from './transport.js';

const KINDS = { accepted: 'accepted', error: 'refused', rejected: 'rejected' } as const satisfies Record<
  Verdict['verdict'],
  Outcome['kind']
>;

/** HL7 over MLLP: AA is delivered, AE is refused, AR is to be repeated unchanged. */
export function mllpTransport(target: MllpTarget): Transport {
  const client = new MllpClient(target);
  return {
    async send({ body, controlId }, signal) {
      try {
        const { verdict, reason } = readVerdict(await client.exchange(body, signal), controlId);
        return { kind: KINDS[verdict], reason };
      } catch (error) {
        // What else comes on this connection has no message that it could belong to.
        client.close();
        const code = error instanceof MllpError ? error.code : 'internal_error';
        return { kind: 'failed', reason: `${code}: ${(error as Error).message}` };
      }
    },
    close: async () => client.close(),
  };
}
