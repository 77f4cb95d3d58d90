import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type {} from 'fastify';
import fp from 'fastify-plugin';
import { serveFile } from './served-file.js';

/** Swagger UI's own files, as @fastify/swagger-ui brings them. */
const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'index.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** What Swagger UI needs: its own files, styles that it sets itself, and pictures that it has in its styles. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Finds openapi.yaml from its own address, which may have a prefix of a proxy. */
const INITIALIZER = `const url = new URL('../../openapi.yaml', document.currentScript.src).href;
window.addEventListener('load', () => {
  window.ui = SwaggerUIBundle({
    url,
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
    validatorUrl: null,
  });
});
`;

/** @param base of the other files' addresses, relative to the page's own, so that a proxy may put a prefix before it. */
function page(base: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>hemoserve</title>
<link rel="stylesheet" href="${base}static/swagger-ui.css">
<link rel="stylesheet" href="${base}static/index.css">
<link rel="icon" type="image/png" href="${base}static/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${base}static/swagger-ui-bundle.js"></script>
<script src="${base}static/swagger-ui-standalone-preset.js"></script>
<script src="${base}static/initializer.js"></script>
</body>
</html>
`;
}

/** Swagger UI at /docs. */
export const docsPlugin = fp(
  async (app) => {
    const { resolve } = createRequire(import.meta.url);
    const serve = (url: string, type: string, content: string | Buffer, cacheControl: string) =>
      serveFile(app, url, { content, type, cacheControl, policy: POLICY });
    serve('/docs', 'text/html; charset=utf-8', page('docs/'), 'no-cache');
    serve('/docs/', 'text/html; charset=utf-8', page(''), 'no-cache');
    serve('/docs/static/initializer.js', 'text/javascript; charset=utf-8', INITIALIZER, 'no-cache');
    for (const [name, type] of Object.entries(FILES)) {
      const content = readFileSync(resolve(`@fastify/swagger-ui/static/${name}`));
      serve(`/docs/static/${name}`, type, content, 'public, max-age=86400');
    }
  },
  { name: 'docs', dependencies: ['openapi'] },
);
