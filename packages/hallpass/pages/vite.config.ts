// Builds the pages into dist/pages, from where `hallpass serve` sends them. Nothing is inlined: the policy of the pages allows
// files of their own origin alone, no inline script, no inline style and no data: address.
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  resolve: { conditions: ['@hallpass/source', ...defaultClientConditions] },
  build: {
    outDir: process.env['HALLPASS_PAGES_OUT'] ?? fileURLToPath(new URL('../dist/pages', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'baseline-widely-available',
    // How long a build took on a busy machine is no news to somebody who wanted to see the pages.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
})
