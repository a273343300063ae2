import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, type WriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from '@waypost/kernel'
import type { Network } from '../net/network.ts'
import { DISK_FOLDER } from '../node/disk.ts'
import { nothingFelt, type Cluster, type MisdeedKind, type Touched } from '../run/cluster.ts'
import { parseMessage } from './parse-message.ts'

export interface ProcessClusterOptions {
  readonly command: readonly string[]
  /** Where nodes' standard error goes, a file each; without it nowhere. */
  readonly logFolder: string | undefined
  readonly network: Network
  readonly world: World
  readonly misdeed: (kind: MisdeedKind, node: string, words: string) => void
  /** Told of every line of a node's standard error. */
  readonly onLogLine?: (node: string, line: string) => void
}

interface NodeProcess {
  readonly child: ChildProcess
  readonly attached: Disposable
  readonly log: WriteStream | undefined
  readonly lastLines: string[]
  readonly gone: Promise<void>
  /** Nobody wonders when it ends. */
  mayEnd: boolean
}

const LAST_LINES = 8
/** How long a process that was asked to end may take. */
const END_LIMIT_MS = 1_000

/** Nodes as child processes that speak JSON lines. Whatever else they say, or that they end, is a misdeed. */
export function processCluster(options: ProcessClusterOptions): Cluster {
  const { network, misdeed, logFolder } = options
  const disks = mkdtempSync(join(tmpdir(), 'workbench-'))
  const nodes = new Map<string, NodeProcess>()
  const touches = new Map<string, Touched>()
  const felt = nothingFelt()
  if (logFolder !== undefined) mkdirSync(logFolder, { recursive: true })

  function touched(nodeId: string): Touched {
    const known = touches.get(nodeId) ?? { lives: 0, times: 0 }
    touches.set(nodeId, known)
    return known
  }

  function start(nodeId: string): boolean {
    const running = nodes.get(nodeId)
    if (running && !running.mayEnd) return false
    touched(nodeId).lives++
    const [program, ...args] = options.command
    const child = spawn(program!, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, [DISK_FOLDER]: disks },
    })
    const log =
      logFolder === undefined ? undefined : createWriteStream(join(logFolder, `${nodeId}.log`), { flags: 'a' })
    const attached = network.attach(nodeId, (delivery) => child.stdin.write(`${JSON.stringify(delivery)}\n`))
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    const node: NodeProcess = { child, attached, log, lastLines: [], gone, mayEnd: false }
    nodes.set(nodeId, node)
    // A process that just ended can't be written to; that it ended is said elsewhere.
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stdout }).on('line', (line) => hear(nodeId, line))
    createInterface({ input: child.stderr }).on('line', (line) => {
      log?.write(`${line}\n`)
      node.lastLines.push(line)
      if (node.lastLines.length > LAST_LINES) node.lastLines.shift()
      options.onLogLine?.(nodeId, line)
    })
    child.once('error', (error) => misdeed('died', nodeId, `it could not be started: ${error.message}`))
    child.once('close', (code, signal) => {
      attached[Symbol.dispose]()
      log?.end()
      resolve()
      if (node.mayEnd) return
      const how = signal ? `by ${signal}` : `with status ${code}`
      misdeed('died', nodeId, `it ended by itself, ${how}. Its last words: ${node.lastLines.join(' | ') || 'none'}`)
    })
    return true
  }

  function hear(nodeId: string, line: string): void {
    const parsed = parseMessage(line, nodeId)
    if (!parsed.ok) return misdeed('rubbish', nodeId, parsed.error)
    if (!network.knows(parsed.value.dest)) {
      misdeed(
        'unknown-destination',
        nodeId,
        `it sent to ${JSON.stringify(parsed.value.dest)}, which nobody is: ${line}`,
      )
    }
    network.send(parsed.value)
  }

  function signal(nodeId: string, name: NodeJS.Signals): void {
    nodes.get(nodeId)?.child.kill(name)
  }

  async function end(node: NodeProcess): Promise<void> {
    node.mayEnd = true
    node.child.kill('SIGCONT')
    node.child.stdin?.end()
    const ended = new AbortController()
    void options.world.timers
      .sleep(END_LIMIT_MS, ended.signal)
      .then(() => ended.signal.aborted || node.child.kill('SIGKILL'))
    await node.gone
    ended.abort('gone')
  }

  return {
    felt,
    start,
    crash(nodeId) {
      const node = nodes.get(nodeId)
      if (!node || node.mayEnd) return false
      node.mayEnd = true
      node.attached[Symbol.dispose]()
      signal(nodeId, 'SIGKILL')
      touched(nodeId).times++
      return true
    },
    touched,
    pause(nodeId) {
      signal(nodeId, 'SIGSTOP')
      touched(nodeId).times++
      felt.held++
    },
    resume(nodeId) {
      signal(nodeId, 'SIGCONT')
      touched(nodeId).times++
    },
    skewClock: () => undefined,
    failDisk: () => undefined,
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values()].map(end))
      rmSync(disks, { recursive: true, force: true })
    },
  }
}
