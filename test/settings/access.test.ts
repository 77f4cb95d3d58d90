import { expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load.js';

const OIDC = {
  HEMOSERVE_OIDC_ISSUER: 'https://id.example.org/',
  HEMOSERVE_OIDC_AUDIENCE: 'hemoserve',
  HEMOSERVE_OIDC_JWKS: 'https://id.example.org/keys',
};

it.each<[Record<string, string>, string]>([
  [{ HEMOSERVE_AUTH: 'none', HEMOSERVE_KEYS_FILE: 'keys.json' }, 'HEMOSERVE_AUTH: none, and'],
  [{ HEMOSERVE_AUTH: 'none', ...OIDC }, 'HEMOSERVE_AUTH: none, and'],
  [{ HEMOSERVE_OIDC_ISSUER: 'https://id.example.org/' }, 'HEMOSERVE_OIDC_ISSUER: expected'],
  [{ ...OIDC, HEMOSERVE_OIDC_JWKS: 'http://id.example.org/keys' }, 'HEMOSERVE_OIDC_JWKS: expected https'],
  [{ ...OIDC, HEMOSERVE_OIDC_JWKS: 'http://127.0.0.1.example.org/' }, 'HEMOSERVE_OIDC_JWKS: expected https'],
  [{ HEMOSERVE_TLS_CERTIFICATE: 'a' }, 'HEMOSERVE_TLS_KEY: expected both'],
  [{ HEMOSERVE_TLS_CA: 'a' }, 'HEMOSERVE_TLS_CA: expected HEMOSERVE_TLS_CERTIFICATE'],
])('%o is refused', (environment, message) => {
  expect(() => loadSettings(environment)).toThrow(message);
});

it.each([
  OIDC,
  { ...OIDC, HEMOSERVE_OIDC_JWKS: 'http://127.0.0.1:8080/keys' },
  { ...OIDC, HEMOSERVE_OIDC_JWKS: 'http://[::1]/keys' },
  { ...OIDC, HEMOSERVE_OIDC_JWKS: 'jwks.json' },
])('%o is accepted', (environment) => {
  expect(loadSettings(environment)).toMatchObject({ oidcJwks: environment.HEMOSERVE_OIDC_JWKS });
});
