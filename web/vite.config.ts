import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** `npm run page`: the page from its sources, in front of a daemon that runs. */
const socketPath = process.env.BRIDGEKEEPER_SOCKET ?? '/run/bridgekeeper/bridgekeeper.sock';
// http-proxy takes a socket; vite's types know only URLs.
const daemon = { target: { socketPath } as never, changeOrigin: false };

const packages = (names: string): RegExp => new RegExp(`[\\\\/]node_modules[\\\\/](?:${names})`);

/**
 * A file for what belongs together: HTTP/1.1 asks for six at a time, so a hundred small ones are slow. Libraries that only
 * some views need are files of their own, loaded with the first of these.
 */
const groups = [
  { name: 'editor', test: packages('@codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname'), priority: 3 },
  { name: 'picture', test: packages('@xyflow|d3-|classcat'), priority: 3 },
  {
    name: 'table',
    test: packages('@tanstack[\\\\/](?:react-table|table-core|react-virtual|virtual-core)'),
    priority: 3,
  },
  { name: 'qr', test: packages('qrcode'), priority: 3 },
  { name: 'base', test: packages(''), priority: 2 },
  { name: 'en', test: /[\\/]text\.en\.ts$/, priority: 1 },
  { name: 'zh', test: /[\\/]text\.zh\.ts$/, priority: 1 },
  { name: 'page', test: /[\\/](?:web[\\/]src[\\/](?:parts|data|shell)|src[\\/](?:client|errors))[\\/]/, priority: 1 },
];

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
    chunkSizeWarningLimit: 1000,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: { proxy: { '/v1': daemon, '/openapi.json': daemon } },
});
