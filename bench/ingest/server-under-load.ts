import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deriveSigningKey } from '../../packages/load/src/index.ts'
import { openRecording, type Recording } from '../../packages/load/src/recorded/recording.ts'
import { startRecordedHostProcess, type RecordedHostProcess } from '../../packages/load/src/recorded/host-process.ts'
import { connectServer } from '../../packages/load/src/server-client.ts'
import { startServerProcess, waitUntil, type ServerProcess } from '../../packages/server/test/kill9-process.ts'
import { parseDidKey } from '../../packages/server/src/verify/did-key.ts'
import { signatureHolds } from '../../packages/server/src/verify/signature.ts'
import { freePort } from '../../tools/free-port.ts'
import { parseMetrics, sumOf } from '../../tools/load/metrics.ts'
import type { Figure } from '../main.ts'
import { cpuSeconds, residentMb } from '../proc.ts'

/** `waypost serve` on a fresh folder, following a recorded host; each in a process of its own. Disposing ends both. */
export interface UnderLoad extends AsyncDisposable {
  readonly recording: Recording
  /** Where the server keeps everything. */
  readonly folder: string
  readonly host: RecordedHostProcess
  readonly server: ServerProcess
  /** Visible check-ins, as the server says. */
  checkins(): Promise<number>
  /** The sum of a counter over its labels, or over those given (`outcome="received"`). */
  counter(name: string, label?: string): Promise<number>
  /** How many messages and records were refused, as a figure of this name; the reasons are noted. */
  refused(name: string, note: (line: string) => void): Promise<Figure>
}

const YARDSTICK = await (async () => {
  const key = await deriveSigningKey('yardstick')
  const message = Buffer.from('What is measured by it is measured beside it.')
  return { key: parseDidKey(key.did)!, message, signature: await key.sign(message) }
})()
const YARDSTICK_ROUNDS = 40

const GOWALLA = '../shared/data/checkins/gowalla-nyc'
const READY_WITHIN_MS = 120_000
/** Everybody is known once the read model has had nothing new for so long. */
const KNOWN_QUIET_MS = 1_000
const KNOWN_WITHIN_MS = 300_000

/** Real check-ins where the dataset is there, generated ones otherwise; made once and then kept. */
export async function recordingOf(
  size: { readonly cohorts: number; readonly people: number; readonly checkins: number },
  note: (line: string) => void,
): Promise<Recording> {
  const from = performance.now()
  const dataset = existsSync(GOWALLA) ? GOWALLA : undefined
  const recording = await openRecording({ seed: 'waypost bench', dataset, ...size })
  const seconds = (performance.now() - from) / 1_000
  note(
    `${recording.length} recorded messages of ${recording.people.length} people, ${dataset ? 'real' : 'generated'} check-ins` +
      (seconds > 1 ? `; signing them took ${seconds.toFixed(0)} s, before anything was measured` : ''),
  )
  return recording
}

export async function startUnderLoad(options: {
  readonly recording: Recording
  readonly others?: string
  /** What is in the folder before the server starts. */
  readonly prepare?: (folder: string, port: number) => Promise<void>
  /** Flags for the server's Node. */
  readonly execArgv?: readonly string[]
}): Promise<UnderLoad> {
  const { recording, others, prepare, execArgv } = options
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  const discard = (): void => rmSync(folder, { recursive: true, force: true })
  opened.defer(discard)
  const host = opened.use(
    await startRecordedHostProcess({ recording: recording.folder, ...(others !== undefined && { others }) }),
  )
  const port = await freePort()
  await prepare?.(folder, port)
  const server = opened.use(
    startServerProcess(
      {
        WAYPOST_DATA: folder,
        WAYPOST_PORT: String(port),
        WAYPOST_HOSTS: host.url,
        WAYPOST_PLC_URL: host.directoryUrl,
        WAYPOST_SANDBOX: host.url,
        WAYPOST_LOG_LEVEL: 'warn',
      },
      execArgv,
    ),
  )
  // However this process ends: after the server, which then no longer writes there.
  process.once('exit', discard)
  opened.defer(() => void process.off('exit', discard))
  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/health/ready`)).ok
  await waitUntil('the server is ready', server, isReady, READY_WITHIN_MS)
  const running = opened.move()
  return {
    recording,
    folder,
    host,
    server,
    async checkins() {
      const answer = await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)
      return ((await answer.json()) as { checkinCount: number }).checkinCount
    },
    async counter(name, label) {
      return sumOf(parseMetrics(await (await fetch(`${server.url}/metrics`)).text()), name, label)
    },
    async refused(name, note) {
      const reasons = await connectServer(server.url).refusals()
      for (const [reason, count] of reasons) note(`refused as ${reason}: ${count}`)
      const value = [...reasons.values()].reduce((sum, count) => sum + count, 0)
      return { name, value, unit: 'messages', goal: '0' }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Plays the opening and waits until the server has looked everybody up. */
export async function makeEverybodyKnown({ recording, host, server, counter }: UnderLoad): Promise<void> {
  await host.play({ through: recording.opening })
  let [folded, since] = [0, performance.now()]
  const isQuiet = async (): Promise<boolean> => {
    const now = await counter('waypost_project_events_total')
    if (now !== folded) since = performance.now()
    folded = now
    return folded >= recording.people.length && performance.now() - since >= KNOWN_QUIET_MS
  }
  await waitUntil('everybody is known', server, isQuiet, KNOWN_WITHIN_MS)
}

/** What a process has used so far (Linux): CPU time of all its threads, and memory now. */
export function usageOf(pid: number): { readonly cpuS: number; readonly rssMb: number } {
  return { cpuS: cpuSeconds(pid), rssMb: residentMb(pid) }
}

/**
 * How much CPU time this machine takes at the moment for what never changes: one K-256 verification, in µs. Neighbours
 * on the same cores make everything dearer by a factor of two or three.
 */
export function yardstickUs(): number {
  const before = process.cpuUsage()
  for (let round = 0; round < YARDSTICK_ROUNDS; round++) {
    if (!signatureHolds(YARDSTICK.key, YARDSTICK.message, YARDSTICK.signature)) throw new Error('the yardstick is bent')
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / YARDSTICK_ROUNDS
}

/** Until something has been the same for so long, or the time is up; answers what it was last. */
export async function settled(
  ask: () => Promise<number>,
  { quietMs, withinMs }: { readonly quietMs: number; readonly withinMs: number },
): Promise<number> {
  const until = performance.now() + withinMs
  let [last, since] = [await ask(), performance.now()]
  while (performance.now() - since < quietMs && performance.now() < until) {
    await pause(100)
    const now = await ask()
    if (now !== last) since = performance.now()
    last = now
  }
  return last
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
