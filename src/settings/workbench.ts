import { z } from 'zod';
import { integer, setting } from './setting.js';

/** The page on which a person reviews slides: docs/workbench.md. */
export const workbenchSettings = {
  workbench: setting(
    'HEMOSERVE_WORKBENCH',
    z.enum(['on', 'off']).default('on'),
    'Whether the workbench is served at `/`',
  ),
  grafanaUrl: setting(
    'HEMOSERVE_GRAFANA_URL',
    z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
    "Address of Grafana's dashboard, which the workbench links to; no link unless set",
  ),
  slideClaimMinutes: setting(
    'HEMOSERVE_SLIDE_CLAIM_MINUTES',
    integer(1, 1440).default(15),
    'How long a slide stays the one of a person who reviews it, after his or her last change',
  ),
};
