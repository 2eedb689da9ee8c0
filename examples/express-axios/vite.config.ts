// Bundles the page. The condition is for this repository alone, where the packages are used from their sources.
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: 'page',
  resolve: { conditions: ['@hallpass/source', ...defaultClientConditions] },
  build: { outDir: '../dist', emptyOutDir: true },
})
