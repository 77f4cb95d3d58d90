import { z } from 'zod';
import { certificateProblems } from './certificates.js';
import { integer, setting } from './setting.js';

const file = z.string().min(1).optional();

/** Which laboratory systems messages go to and orders come from: docs/operate/outbox.md. */
export const sendingSettings = {
  destinations: setting(
    'HEMOSERVE_DESTINATIONS',
    z.string().min(1).optional(),
    'File of the laboratory systems that verified slides are sent to ([Outbox](../operate/outbox.md)); nothing is ' +
      'sent unless set',
  ),
  outboxRetentionDays: setting(
    'HEMOSERVE_OUTBOX_RETENTION_DAYS',
    integer(1, 36_500).default(30),
    'How long delivered messages, and orders that came, are kept',
  ),
  mllpPort: setting(
    'HEMOSERVE_MLLP_PORT',
    integer(0, 65_535).optional(),
    'Port of the MLLP listener for orders; 0 takes a free one. There is no listener unless set',
  ),
  mllpHost: setting(
    'HEMOSERVE_MLLP_HOST',
    z.string().min(1).default('127.0.0.1'),
    'Address that the MLLP listener listens on; the log warns where other machines reach it without a certificate',
  ),
  mllpCertificate: setting('HEMOSERVE_MLLP_CERTIFICATE', file, 'PEM file: with it the MLLP listener has TLS'),
  mllpKey: setting('HEMOSERVE_MLLP_KEY', file, 'PEM file: the key of HEMOSERVE_MLLP_CERTIFICATE'),
  mllpCa: setting(
    'HEMOSERVE_MLLP_CA',
    file,
    'PEM file: with it only clients with a certificate of this authority may send orders (mutual TLS)',
  ),
  mllpMaxMessageBytes: setting(
    'HEMOSERVE_MLLP_MAX_MESSAGE_BYTES',
    integer(1_000, 100_000_000).default(1_048_576),
    'Most bytes of a message to the MLLP listener',
  ),
  mllpMaxConnections: setting(
    'HEMOSERVE_MLLP_MAX_CONNECTIONS',
    integer(1, 10_000).default(32),
    'Most connections of the MLLP listener',
  ),
  mllpIdleMs: setting(
    'HEMOSERVE_MLLP_IDLE_MS',
    integer(1_000, 2_147_483_647).default(3_600_000),
    'How long a connection of the MLLP listener may be idle',
  ),
};

/** What is wrong with these settings together. */
export function sendingProblems({
  mllpCertificate: certificate,
  mllpKey: key,
  mllpCa: ca,
}: {
  mllpCertificate?: string | undefined;
  mllpKey?: string | undefined;
  mllpCa?: string | undefined;
}): { path: string[]; message: string }[] {
  return certificateProblems('mllp', { certificate, key, ca });
}
