import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'

/** What any page may need; of the typefaces the letters that most names are written in. */
const SHELL_FILE = /\.(css|js)$|-latin-wght-normal-.*\.woff2$/
/** What only the map needs, and few see without it: 0.5 MB, which are kept once somebody drops a pin or explores. */
const MAP_FILE = /\/(gl-map|maplibre-gl-worker|land-110m|lines-110m|labels)-/
/** Kept once used. */
const LATER_FILE = /\/(h3-js|mini\.esm|land|lines|towns|ops-page)[.-]/
/** It is some 13 kB. Much more is a module that has come in by mistake. */
const WORKER_BYTES_MAX = 20_000
const ROOT = join(import.meta.dirname, '../..')

/**
 * Builds `service-worker.js` beside the client, knowing the client's files. It has no hash in its name, because browsers
 * look for a new version of it under the name that they know.
 */
export function serviceWorker(): Plugin {
  return {
    name: 'waypost-service-worker',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const files = Object.keys(bundle)
        .filter((file) => file.startsWith('assets/'))
        .map((file) => `/${file}`)
        .toSorted()
      const page = bundle['index.html']
      if (page?.type !== 'asset') throw new Error('the page is not in the bundle')
      const shell = files.filter((file) => SHELL_FILE.test(file) && !MAP_FILE.test(file) && !LATER_FILE.test(file))
      const map = files.filter((file) => MAP_FILE.test(file))
      this.emitFile({
        type: 'asset',
        fileName: 'service-worker.js',
        source: await bundled({
          SHELL_FILES: JSON.stringify([...shell, ...publicFiles()]),
          MAP_FILES: JSON.stringify(map),
          VERSION: JSON.stringify(fingerprint([...files, page.source])),
        }),
      })
    },
  }
}

async function bundled(define: Readonly<Record<string, string>>): Promise<string> {
  const result = await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define,
    build: {
      write: false,
      target: 'es2023',
      rolldownOptions: {
        input: join(import.meta.dirname, 'service-worker.ts'),
        // Without this the words of all languages come with what explains a failure to a person, on pages.
        treeshake: { moduleSideEffects: false },
        // One classic script: not every browser takes modules as workers of this kind.
        output: { format: 'iife', codeSplitting: false },
      },
    },
  })
  const [script] = 'output' in result ? result.output : []
  if (script?.type !== 'chunk') throw new Error('the worker did not build')
  if (script.code.length > WORKER_BYTES_MAX) throw new Error(`the worker has grown to ${script.code.length} bytes`)
  return script.code
}

function publicFiles(): readonly string[] {
  return readdirSync(join(ROOT, 'public')).map((file) => `/${file}`)
}

/** Changes with every file of the client, and with this worker's own sources by way of its text. */
function fingerprint(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  for (const file of publicFiles()) hash.update(readFileSync(join(ROOT, 'public', file)))
  return hash.digest('hex').slice(0, 16)
}
