import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** `npm run page`: the page from its sources, in front of a daemon that runs. */
const socketPath = process.env['BRIDGEKEEPER_SOCKET'] ?? '/run/bridgekeeper/bridgekeeper.sock';
// http-proxy takes a socket; vite's types know only URLs.
const daemon = { target: { socketPath } as never, changeOrigin: false };

export default defineConfig({
  root: here,
  plugins: [react(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    reportCompressedSize: false,
    target: 'es2023',
    // Browsers that know light-dark() by themselves: the substitute for older ones knows nothing of our switch.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Everything from our own origin: the content security policy allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    // Of one file, before compression. What counts is what is sent: test/web/page-size.test.ts.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': daemon, '/openapi.json': daemon } },
});
