import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { copyBuiltDirectory } from '../../../tools/built-directory.ts'
import { freePort } from '../../../tools/free-port.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const START_MS_MAX = 180_000
const DIRECTORY_KEPT = join(ROOT, 'node_modules/.cache/waypost-e2e')

/** The whole network as `npm start` runs it, in a folder of its own. */
export interface Network extends AsyncDisposable {
  readonly url: string
  /** Of one of the demo people, to sign in with. */
  passwordOf(name: string): string
}

/** Resolves once the page is served; with `demo`, once the demo people have checked in. */
export async function startNetwork(options: {
  readonly demo: boolean
  /** Settings of the server, beside its own. */
  readonly env?: Readonly<Record<string, string>>
}): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-browser-'))
  const data = join(folder, 'server')
  copyBuiltDirectory(DIRECTORY_KEPT, data)
  const port = await freePort()
  const flags = ['--data', folder, '--port', String(port), ...(options.demo ? [] : ['--no-demo'])]
  const child = spawn(process.execPath, ['tools/start.ts', ...flags], {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  let said = ''
  const ready = new Promise<void>((done, fail) => {
    const late = setTimeout(() => fail(new Error(`npm start took too long:\n${said}`)), START_MS_MAX)
    child.once('exit', (code) => fail(new Error(`npm start ended with ${code}:\n${said}`)))
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString()
      if (!said.includes(options.demo ? 'Demo people have checked in' : 'Waypost is open on')) return
      clearTimeout(late)
      done()
    })
  })
  async function stop(): Promise<void> {
    child.kill('SIGTERM')
    await ended
    copyBuiltDirectory(data, DIRECTORY_KEPT)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready
  } catch (fault) {
    await stop()
    throw fault
  }
  return {
    url: `http://127.0.0.1:${port}`,
    passwordOf(name) {
      const { passwords } = JSON.parse(readFileSync(join(folder, 'sandbox', 'demo.json'), 'utf8')) as {
        passwords: Record<string, string>
      }
      return passwords[name]!
    },
    [Symbol.asyncDispose]: stop,
  }
}
