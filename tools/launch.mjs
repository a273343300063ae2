#!/usr/bin/env node
// Runs a task of the repository on the Node that Waypost needs, after installing what is missing.
// In: the task's name and its arguments. Out: the task's exit code.
// Plain JavaScript without dependencies, since it is all that runs on an older Node (20 or newer).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const NODE_NEEDED = [24, 12]
const STAMP = join(ROOT, 'node_modules/.waypost-installed')

installIfNeeded()
const node = chooseNode()
const bins = [join(ROOT, 'node_modules/.bin'), dirname(node)].join(delimiter)
const run = spawnSync(node, [join(ROOT, 'tools/tasks.ts'), ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${bins}${delimiter}${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules/.cache/compiled'),
  },
})
process.exitCode = run.status ?? 1

/** `npm ci` where the lockfile is not the one that was installed last. */
function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return
  console.error('Installing dependencies (npm ci); this takes a minute the first time.')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const install = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT, stdio: 'inherit' })
  if (install.status !== 0) {
    console.error('npm ci failed: see its message above, then run the same command again.')
    process.exit(install.status ?? 1)
  }
  writeFileSync(STAMP, lock)
}

/** The Node that runs this file where it is new enough, otherwise the one that the `node` package brought along. */
function chooseNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1])) return process.execPath
  const bundled = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(bundled)) return bundled
  console.error(
    `Waypost needs Node ${NODE_NEEDED.join('.')} or newer; this is ${process.version}, and npm brought none.`,
  )
  console.error('Install a newer Node, or allow the install script of the npm package "node", then try again.')
  process.exit(1)
}
