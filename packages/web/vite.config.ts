import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { basemap } from './src/basemap/basemap.ts'
import { icons } from './src/icons/icons.ts'
import { serviceWorker } from './src/worker/bundle.ts'

/** The server, while the client is being worked on with `vite`. */
const server = process.env.WAYPOST_WEB_PROXY ?? 'http://127.0.0.1:2580'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [basemap(), icons(), react(), serviceWorker()],
  // The router brings what React has itself by now.
  resolve: { alias: { 'use-sync-external-store/shim/index.js': 'react' } },
  build: {
    target: 'es2023',
    // The content security policy allows no data: fonts or scripts, so everything stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What hardly ever changes stays in the browser's cache by itself; and one file is smaller than many small ones.
          groups: [
            {
              name: 'vendor',
              test: /node_modules\/(?:react|react-dom|scheduler|wouter|use-sync-external-store|@tanstack(?!.*(?:queriesObserver|useQueries)))\//,
            },
            {
              debugName: 'first',
              test: /packages\//,
              name: (id, context) => (isFirst(id, context) ? 'first' : undefined),
            },
            {
              // A file for each of a dozen is longer in the list of files than in itself.
              name: 'icons',
              test: /node_modules\/lucide\//,
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/xrpc', '/live', '/oauth', '/img', '/ops/api'].map((path) => [path, server])),
  },
})

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null
}

let first: Set<string> | undefined

/** Whether the page cannot begin without it: what the entry imports, and does not only load later. */
function isFirst(id: string, modules: Modules): boolean {
  first ??= importedBy(join(import.meta.dirname, 'src/main.tsx'), modules)
  return first.has(id)
}

function importedBy(entry: string, modules: Modules): Set<string> {
  const found = new Set([entry])
  for (const id of found) for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported)
  return found
}
