import { defineConfig } from 'vite';

import { compressed, separateFonts, smallMonaco } from './vite.plugins.js';

const server = process.env.CLIENTELE_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  base: '/explorer/',
  plugins: [smallMonaco(), separateFonts(), compressed()],
  build: {
    // Monaco, the editor, is one large piece by nature.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // Libraries mark files with "use client", which means nothing outside a server framework.
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
  // `npm run dev` rebuilds the page as you edit it and asks a running server.
  server: { proxy: { '/graphql': server } },
});
