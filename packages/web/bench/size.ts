import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Figure } from '../../../bench/main.ts'

const DIST = 'packages/web/dist'
const GZIP_LEVEL = 9

/** What the page loads before it can show anything: the scripts and styles that its HTML names. In kB of 1,000 bytes. */
export function sizes(): readonly Figure[] {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file!)
  const kb = (files: readonly string[]) => files.reduce((sum, file) => sum + gzippedKb(join(DIST, file)), 0)
  const css = named.filter((file) => file.endsWith('.css'))
  const map = globSync('assets/{gl-map,maplibre-gl-worker}-*.js', { cwd: DIST })
  return [
    { name: 'initial_js_kb', value: kb(named.filter((file) => file.endsWith('.js'))), unit: 'kB gz', goal: '≤ 100' },
    { name: 'css_kb', value: kb(css), unit: 'kB gz', goal: '≤ 25' },
    { name: 'worker_kb', value: kb(['service-worker.js']), unit: 'kB gz' },
    { name: 'map_kb', value: kb(map), unit: 'kB gz, when it is wanted' },
  ]
}

function gzippedKb(file: string): number {
  return gzipSync(readFileSync(file), { level: GZIP_LEVEL }).length / 1_000
}
