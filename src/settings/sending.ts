import { z } from 'zod';
import { setting } from './setting.js';

/** Which laboratory systems messages go to and orders come from: docs/operate/outbox.md. */
export const sendingSettings = {
  destinations: setting(
    'HEMOSERVE_DESTINATIONS',
    z.string().min(1).optional(),
    'File of the laboratory systems that verified slides are sent to; nothing is sent unless set',
  ),
  outboxRetentionDays: setting(
    'HEMOSERVE_OUTBOX_RETENTION_DAYS',
    z.coerce.number().int().min(1).max(36_500).default(30),
    'How long delivered messages, and orders that came, are kept',
  ),
};
