import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { after, before, test } from 'node:test'
import { surroundings } from './kill9-process.ts'

/* The `waypost` command as an operator meets it: one process after the other on the same folder. */

const MAIN = new URL('../src/main.ts', import.meta.url).pathname
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-command-'))
})
after(() => rm(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(execPath, [MAIN, ...args], { env: surroundings({ WAYPOST_DATA: folder, ...env }) })
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = start(args, env)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += String(chunk)))
  child.stderr?.on('data', (chunk) => (err += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Resolves with the address once the log says that it serves. */
function serving(child: ChildProcess): Promise<string> {
  const found = Promise.withResolvers<string>()
  let out = ''
  child.stdout?.on('data', (chunk) => {
    out += String(chunk)
    const url = /"url":"(http:[^"]+)".*"msg":"serving"/.exec(out)?.[1]
    if (url !== undefined) found.resolve(url)
  })
  child.stderr?.on('data', (chunk) => (out += String(chunk)))
  child.once('exit', () => found.reject(new Error(`it ended without serving: ${out}`)))
  return found.promise
}

test('a name that is no option refuses the start with a line that says which was meant', async () => {
  const { code, err } = await run(['serve'], { WAYPOST_HOTS: 'pds.example' })
  assert.equal(code, 2)
  assert.equal(err, 'WAYPOST_HOTS is not an option of Waypost: did you mean WAYPOST_HOSTS?\n')
})

test('it prints every option', async () => {
  const { code, out } = await run(['config'])
  assert.equal(code, 0)
  assert.match(out, /^WAYPOST_PORT +--port +4000 +TCP port/m)
})

test('it makes keys for web push that it then takes', async () => {
  const { out } = await run(['push-keys'])
  const keys = Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  )
  const { code, out: shown } = await run(['config'], { ...keys, WAYPOST_PUSH_SUBJECT: 'mailto:ops@waypost.example' })
  assert.equal(code, 0)
  assert.match(shown, /^WAYPOST_PUSH_PRIVATE_KEY +--push-private-key +\(set\)/m)
})

test('it serves until it is told to end, then drains, and what it kept can be digested and rebuilt', async () => {
  const child = start(['serve', '--port', '0'])
  const url = await serving(child)
  assert.equal((await fetch(`${url}/health/ready`)).status, 200)

  const second = await run(['serve', '--port', '0'])
  assert.equal(second.code, 1)
  assert.equal(second.err.split('\n').length, 2, second.err)

  const live = http.get(`${url}/live`, { agent: false })
  const [stream] = (await once(live, 'response')) as [http.IncomingMessage]
  stream.resume()
  const ended = once(stream, 'end')
  const begun = performance.now()
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number]
  await ended
  assert.equal(code, 0)
  assert(performance.now() - begun < 5_000)

  const digest = JSON.parse((await run(['digest', '--json'])).out) as { position: number; overall: string }
  assert.match(digest.overall, /^[0-9a-f]{64}$/)
  assert.equal((await run(['rebuild'])).code, 0)
  assert.equal((await run(['digest'])).out, `${digest.position} ${digest.overall}\n`)
})
