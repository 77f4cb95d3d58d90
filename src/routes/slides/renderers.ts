import type { Settings } from '../../settings/schema.js';
import type { SlideReport } from '../../slides/report.js';

/** A format of a slide other than JSON. */
export interface Renderer {
  /** For `?format=`. */
  format: string;
  /** For the Accept header; the answer's Content-Type begins with it. */
  mediaType: string;
  /** Of the answer, where it says more than the media type. */
  contentType?: string;
  render(report: SlideReport, settings: Settings): string | Buffer | Promise<string | Buffer>;
}

/** Every format of GET /v1/slides/:id beside JSON. */
export const RENDERERS: readonly Renderer[] = [];
