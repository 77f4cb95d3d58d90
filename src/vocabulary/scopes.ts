/** What a caller may do. A route says which scope it takes: docs/security.md. */
export const SCOPES = ['classify', 'read', 'verify', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
