import createClient from 'openapi-fetch';
import { askForKey, authorization } from './key.ts';
import type { components, paths } from './schema.d.ts';

/** Where the service is; a proxy may have put a prefix before it. */
export const BASE = new URL('.', document.baseURI).href.replace(/\/$/, '');

export type Problem = components['schemas']['Problem'];

/** What the service refused, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }

  static of(status: number, problem: Partial<Problem> | undefined): ApiError {
    return new ApiError(
      status,
      problem?.code ?? 'unknown',
      problem?.detail ?? problem?.title ?? `HTTP ${status}`,
    );
  }
}

/** Asks as `fetch` does, with the person's key; asks the person for one when the service wants another. */
export async function fetchWithKey(request: Request): Promise<Response> {
  for (;;) {
    const headers = authorization();
    const attempt = new Request(request.clone(), { credentials: 'omit' });
    for (const [name, value] of Object.entries(headers)) attempt.headers.set(name, value);
    const response = await fetch(attempt);
    if (response.status !== 401) return response;
    await askForKey(headers.authorization);
  }
}

export const api = createClient<paths>({ baseUrl: BASE, fetch: fetchWithKey });

/** What an answer has. @throws {ApiError} */
export async function taken<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw ApiError.of(response.status, error as Partial<Problem> | undefined);
  return data as T;
}

/** An answer that is no JSON, such as an image or a message. @throws {ApiError} */
export async function fetchBlob(path: string, headers: Record<string, string> = {}): Promise<Blob> {
  const response = await fetchWithKey(new Request(`${BASE}${path}`, { headers }));
  if (!response.ok) throw ApiError.of(response.status, await response.json().catch(() => undefined));
  return response.blob();
}
