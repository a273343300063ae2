import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { basemap } from './src/basemap/basemap.ts'

/** The server, while the client is being worked on with `vite`. */
const server = process.env.WAYPOST_WEB_PROXY ?? 'http://127.0.0.1:2580'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [basemap(), react()],
  build: {
    target: 'es2023',
    // The content security policy allows no data: fonts or scripts, so everything stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs and hardly ever changes: one file, which stays in the browser's cache.
          groups: [
            {
              name: 'vendor',
              test: /node_modules\/(?:react|react-dom|scheduler|@tanstack|wouter|use-sync-external-store)\//,
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/xrpc', '/live', '/oauth', '/image'].map((path) => [path, server])),
  },
})
