import { defineConfig } from 'vite';

/** Where the service looks for the page (src/plugins/workbench.ts). */
const OUT = '../dist/workbench';

export default defineConfig({
  // A proxy may put a prefix before the page.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: OUT, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: false },
  // `npm run dev -w workbench`, beside a service on its default port.
  server: { proxy: { '/v1': 'http://127.0.0.1:3000' } },
});
