import { z } from 'zod';
import { ERRORS, type ErrorCode } from './codes.js';

/** The media type of an error's body (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Problem details as in RFC 9457, with the stable `code` as an extension member. */
export const problemSchema = z
  .object({
    type: z.string().describe('URI that names the kind of problem'),
    title: z.string().describe('The kind of problem in words'),
    status: z.int().describe('HTTP status'),
    code: z.enum(codes).describe('Stable code to match on'),
    detail: z.string().describe('What is wrong with this request'),
    requestId: z.string().optional().describe('Id of the request, as in the log'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;

/** An error with a code from the table; thrown anywhere, answered as a problem. */
export class ServiceError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    options?: ErrorOptions & { retryAfterS?: number; allow?: string },
  ) {
    super(detail, options);
    this.name = 'ServiceError';
    this.retryAfterS = options?.retryAfterS;
    this.allow = options?.allow;
  }

  /** Seconds for the Retry-After header. */
  readonly retryAfterS: number | undefined;

  /** Methods for the Allow header. */
  readonly allow: string | undefined;

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** Whether the service, not what was sent to it, is the cause. */
  get isFaultOfService(): boolean {
    return this.status >= 500;
  }

  toProblem(requestId?: string): Problem {
    const { status, title } = ERRORS[this.code];
    const problem = { type: `urn:hemoserve:problem:${this.code}`, title, status, code: this.code };
    return { ...problem, detail: this.message, ...(requestId && { requestId }) };
  }
}
