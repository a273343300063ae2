import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { copyBuiltDirectory, DIRECTORY_OF_TESTS } from '../../../tools/built-directory.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** Far more than it takes: what must be quick has a limit of its own. */
const WITHIN_MS = 90_000
const STOPPED_WITHIN_MS = 25_000
const POLL_MS = 50

/** Settings of one server, all of them: the surroundings of the test do not reach it. */
export type Settings = Readonly<Record<`WAYPOST_${string}` | `OTEL_${string}`, string>>

/** A Waypost server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** kill -9: the process has no say in it. */
  kill(): Promise<void>
  /** An orderly stop. Rejects where the process does not end well. */
  stop(): Promise<void>
  /** What it wrote so far, for the message of a failing test. */
  output(): string
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<unknown>
}

/**
 * Starts `waypost serve` on a port of 127.0.0.1; it may not be ready yet. Disposing kills what still runs. The directory
 * of places is the one of all tests, unless the folder has one.
 * `execArgv`: flags for Node itself.
 */
export function startServerProcess(settings: Settings, execArgv: readonly string[] = []): ServerProcess {
  copyBuiltDirectory(DIRECTORY_OF_TESTS, settings['WAYPOST_DATA']!)
  const child = spawn(process.execPath, [...execArgv, MAIN, 'serve'], {
    env: surroundings(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)))
  const ended = once(child, 'exit')
  // However this process ends, the other one ends with it.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))

  async function kill(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }

  return {
    url: `http://127.0.0.1:${settings['WAYPOST_PORT']}`,
    pid: child.pid!,
    kill,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS)
      await ended
      clearTimeout(timer)
      if (child.exitCode !== 0)
        throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}: ${output}`)
    },
    output: () => output,
    ended,
    [Symbol.asyncDispose]: kill,
  }
}

/** Runs `waypost` with these arguments to its end; answers what it printed. Throws where it fails. */
export function runWaypost(settings: Settings, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env: surroundings(settings),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`waypost ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}

/** Resolves when the server answers at `/health/live`. */
export async function waitUntilUp(server: ServerProcess): Promise<void> {
  await waitUntil('the server is up', server, async () => (await fetch(`${server.url}/health/live`)).ok)
}

/** Asks again and again; a question that fails counts as no. Rejects after `withinMs` with what the server wrote. */
export async function waitUntil(
  what: string,
  server: ServerProcess,
  isSo: () => Promise<boolean> | boolean,
  withinMs = WITHIN_MS,
): Promise<void> {
  const until = performance.now() + withinMs
  for (;;) {
    try {
      if (await isSo()) return
    } catch {
      // It may not listen yet, or just have been killed.
    }
    if (performance.now() > until)
      throw new Error(`not within ${withinMs} ms: ${what}\n${server.output().slice(-4_000)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** All that reaches a process beside its settings. */
export function surroundings(settings: Settings): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...settings }
}
