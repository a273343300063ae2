/** Builds the web client into packages/web/dist, unless the build there is of just these sources. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'

const WEB = 'packages/web'
const STAMP = `${WEB}/dist/.built-from`

/** Answers whether anything had to be built; throws where the build fails. */
export function buildWeb(): boolean {
  const from = fingerprint()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === from) return false
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', '-w', '@waypost/web', 'build'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The web client did not build:\n${stdout}${stderr}`)
  writeFileSync(STAMP, from)
  return true
}

/** Changes with any source of the client, any lexicon and any dependency. */
function fingerprint(): string {
  const inputs = globSync([`${WEB}/**/*`, 'lexicons/**/*.json', 'package-lock.json'], {
    exclude: ['**/node_modules/**', '**/dist/**', '**/generated/**'],
  })
  const hash = createHash('sha256')
  for (const file of inputs.filter((name) => statSync(name).isFile()).toSorted()) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

if (import.meta.main) console.error(buildWeb() ? 'built' : 'up to date')
