import { isIP } from 'node:net';
import { z } from 'zod';
import { certificateProblems } from './certificates.js';
import { isLoopback } from './loopback.js';
import { integer, setting } from './setting.js';

const file = z.string().min(1).optional();

/** Who may call the service, how, and what is written down of it: docs/security.md. */
export const accessSettings = {
  auth: setting(
    'HEMOSERVE_AUTH',
    z.enum(['auto', 'none']).default('auto'),
    'With `auto` callers need a key or a token where HEMOSERVE_KEYS_FILE or HEMOSERVE_OIDC_ISSUER is set; without ' +
      'these, the service starts only on a loopback address. With `none` it asks nobody, wherever it listens',
  ),
  keysFile: setting(
    'HEMOSERVE_KEYS_FILE',
    file,
    'File of the API keys, which `npm run keys` writes ([Security](../security.md)); SIGHUP and `POST /admin/reload` ' +
      'read it again',
  ),
  adminToken: setting(
    'HEMOSERVE_ADMIN_TOKEN',
    z
      .string()
      .regex(/^[\w.~+/-]{16,}=*$/, 'expected at least 16 letters, digits or any of -._~+/')
      .optional(),
    'A bearer token with the scope `admin` alone. Admin routes are there only with it, or with keys or tokens',
  ),
  oidcIssuer: setting(
    'HEMOSERVE_OIDC_ISSUER',
    z.string().min(1).optional(),
    'Issuer (`iss`) of tokens that callers may bring instead of a key: JWTs, as OpenID Connect providers give them',
  ),
  oidcAudience: setting('HEMOSERVE_OIDC_AUDIENCE', z.string().min(1).optional(), 'Their audience (`aud`)'),
  oidcJwks: setting(
    'HEMOSERVE_OIDC_JWKS',
    z
      .string()
      .min(1)
      .refine((jwks) => !jwks.startsWith('http:') || isLoopbackUrl(jwks), {
        message: 'expected https, but on this machine: who changes the keys on their way makes tokens',
      })
      .optional(),
    'URL or file of the keys that sign them (JWKS); a provider names the URL as `jwks_uri`',
  ),
  oidcScopesClaim: setting(
    'HEMOSERVE_OIDC_SCOPES_CLAIM',
    z.string().min(1).default('scope'),
    'Their claim with the scopes, a text with spaces or a list, such as `scp` or `roles`',
  ),
  tlsCertificate: setting(
    'HEMOSERVE_TLS_CERTIFICATE',
    file,
    'PEM file: certificate and chain. With it the service speaks HTTPS. A new certificate is used once it is there',
  ),
  tlsKey: setting('HEMOSERVE_TLS_KEY', file, 'PEM file: the key of HEMOSERVE_TLS_CERTIFICATE'),
  tlsCa: setting(
    'HEMOSERVE_TLS_CA',
    file,
    'PEM file: with it only clients with a certificate of this authority may connect (mutual TLS)',
  ),
  maxRequestsPerMinute: setting(
    'HEMOSERVE_MAX_REQUESTS_PER_MINUTE',
    integer(0, 100_000_000).default(0),
    'Most requests of one key or token in a minute, or of one address where nobody is asked; no limit with 0',
  ),
  corsOrigins: setting(
    'HEMOSERVE_CORS_ORIGINS',
    z
      .string()
      .transform((text): readonly string[] => text.split(','))
      .refine(
        (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
        {
          message: 'expected origins, separated by commas, such as https://viewer.example.org',
        },
      )
      .optional(),
    'Origins whose pages may call the service from a browser (CORS), separated by commas; none unless set',
  ),
  auditDir: setting(
    'HEMOSERVE_AUDIT_DIR',
    z.string().min(1).optional(),
    'Folder of the audit, which has a line for each answered image and each verification; none unless set',
  ),
  auditRetentionDays: setting(
    'HEMOSERVE_AUDIT_RETENTION_DAYS',
    integer(0, 36_500).default(365),
    'Days until a file of the audit is deleted; kept for good with 0',
  ),
};

type Access = { [K in keyof typeof accessSettings]?: unknown };

/** What is wrong with these settings together. */
export function accessProblems(settings: Access): { path: string[]; message: string }[] {
  const { auth, keysFile, oidcIssuer, oidcAudience, oidcJwks } = settings;
  const { tlsCertificate: certificate, tlsKey: key, tlsCa: ca } = settings;
  const problems: [wrong: boolean, path: string, message: string][] = [
    [
      auth === 'none' && (keysFile !== undefined || oidcIssuer !== undefined),
      'auth',
      'none, and HEMOSERVE_KEYS_FILE or HEMOSERVE_OIDC_ISSUER is set: expected one of both',
    ],
    [
      new Set([oidcIssuer, oidcAudience, oidcJwks].map((value) => value === undefined)).size > 1,
      'oidcIssuer',
      'expected HEMOSERVE_OIDC_ISSUER, HEMOSERVE_OIDC_AUDIENCE and HEMOSERVE_OIDC_JWKS',
    ],
  ];
  return [
    ...problems.filter(([wrong]) => wrong).map(([, path, message]) => ({ path: [path], message })),
    ...certificateProblems('tls', { certificate, key, ca }),
  ];
}

function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const host = new URL(text).hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
}
