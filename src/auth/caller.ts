import type { Scope } from '../vocabulary/scopes.js';

/** Who sent a request, and what he may do. */
export interface Caller {
  kind: 'key' | 'token';
  /** Of the key, or the subject of the token; no secret. */
  name: string;
  scopes: ReadonlySet<Scope>;
}
