import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** Bluesky's AppView brings hundreds of packages, which have no place among our own: they have a folder to themselves. */
const FOLDER = resolve('.bench/bsky')
const WANTED = {
  name: 'waypost-bench-bsky',
  private: true,
  type: 'module',
  dependencies: { '@atproto/bsky': '0.0.280' },
  overrides: { '@atproto-labs/fetch-node': '0.4.0', '@atproto-labs/handle-resolver-node': '0.2.8' },
}
const INSTALL_MS_MAX = 600_000

export const BSKY_VERSION = WANTED.dependencies['@atproto/bsky']

/**
 * The main file of `@atproto/bsky`, which is installed where it is not there yet; undefined, said in one line, where that
 * does not go.
 */
export function installBsky(note: (line: string) => void): string | undefined {
  const manifest = join(FOLDER, 'package.json')
  const finished = join(FOLDER, 'installed.json')
  const wanted = JSON.stringify(WANTED)
  if (!existsSync(finished) || readFileSync(finished, 'utf8') !== wanted) {
    note(`installing @atproto/bsky ${BSKY_VERSION}, which takes a minute and is no part of what is measured`)
    rmSync(FOLDER, { recursive: true, force: true })
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(manifest, wanted)
    // npm chooses among versions by the Node it runs on: that has to be this one.
    const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
    const { status, stderr, error } = spawnSync(
      'npm',
      [
        'install',
        '--prefix',
        FOLDER,
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--fetch-retry-mintimeout=1000',
      ],
      { encoding: 'utf8', timeout: INSTALL_MS_MAX, env: { ...process.env, PATH: path }, cwd: FOLDER },
    )
    if (status !== 0) {
      const why = error?.message ?? stderr.trim().split('\n')[0]
      note(`peers: left out, since @atproto/bsky ${BSKY_VERSION} could not be installed (${why})`)
      return undefined
    }
    writeFileSync(finished, wanted)
  }
  return createRequire(manifest).resolve('@atproto/bsky')
}
