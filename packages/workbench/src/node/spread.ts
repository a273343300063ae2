import { parseArgs } from 'node:util'
import {
  newBroadcast,
  PACES,
  readBroadcastMessage,
  stepBroadcast,
  type BroadcastCommand,
  type BroadcastMessage,
  type Input,
  type PaceName,
} from '@waypost/gossip'
import type { Handlers, NodeContext } from './program.ts'

/** Values that every node is to hear. */
export interface Spreading {
  /** How often this node has started: 0, then one more each time. */
  readonly life: number
  /** Resolves when the value is kept. Then its own node hears it too, it spreads, and is lost no more. */
  say(value: unknown): Promise<void>
  /** For what other nodes send. */
  readonly handlers: Handlers
}

/** Where the node's clock runs slower than its timers, ever shorter sleeps would never reach the time waited for. */
const SLEEP_MS_MIN = 1

/** One value on the disk. */
interface Kept {
  readonly value: unknown
  readonly isOwn: boolean
}

/**
 * The shell around gossip's broadcast: gives it the node's clock, dice, network and timers, and keeps on the disk what was
 * said and heard. A value is kept before anybody is told that it has arrived. After a crash everything kept is heard
 * again, and what this node itself said and not everybody is known to have is said again.
 */
export function spreadValues(context: NodeContext, hear: (value: unknown) => void): Spreading {
  const { world, nodeId, nodeIds, disk } = context
  const life = numberOn(context, 'lives')
  const settledBefore = numberOn(context, 'settled')
  let settled = settledBefore
  const state = newBroadcast({ self: nodeId, members: nodeIds, pace: PACES[paceIn(context.args)], life })
  let count = 0
  let wake: { readonly atMs: number; readonly timer: AbortController } | undefined
  // Everything that goes out waits for what was to be kept before it.
  let done = disk.put('lives', life + 1)

  function keep(entry: Kept): Promise<void> {
    return disk.put(`value ${count++}`, entry)
  }

  function take(input: Input<BroadcastCommand, BroadcastMessage>): void {
    const moment = { nowMs: world.clock.elapsed(), fraction: () => world.random.fraction() }
    const { sends, events, wakeAtMs } = stepBroadcast(state, input, moment)
    for (const value of events) hear(value)
    const writes = events.map((value) => keep({ value, isOwn: false }))
    if (settledBefore + state.own.stable > settled) {
      settled = settledBefore + state.own.stable
      writes.push(disk.put('settled', settled))
    }
    if (sends.length > 0 || writes.length > 0) {
      done = Promise.all([done, ...writes]).then(() => {
        for (const { to, message } of sends) context.send(to, { type: 'gossip', ...message })
      })
      done.catch(context.fail)
    }
    wakeAt(wakeAtMs)
  }

  function wakeAt(atMs: number): void {
    if (wake && wake.atMs <= atMs) return
    wake?.timer.abort('earlier')
    wake = undefined
    if (atMs === Infinity) return
    const timer = new AbortController()
    wake = { atMs, timer }
    const rings = world.timers.sleep(Math.max(SLEEP_MS_MIN, atMs - world.clock.elapsed()), timer.signal)
    rings.then(() => timer.signal.aborted || onRing()).catch(context.fail)
  }

  function onRing(): void {
    wake = undefined
    take({ kind: 'tick' })
  }

  const own: unknown[] = []
  for (let entry = keptAt(context, 0); entry; entry = keptAt(context, ++count)) {
    hear(entry.value)
    if (entry.isOwn) own.push(entry.value)
  }
  take({ kind: 'tick' })
  for (const value of own.slice(settledBefore)) take({ kind: 'command', command: { kind: 'say', value } })

  return {
    life,
    async say(value) {
      done = Promise.all([done, keep({ value, isOwn: true })]).then(() => undefined)
      await done
      hear(value)
      take({ kind: 'command', command: { kind: 'say', value } })
    },
    handlers: {
      gossip({ src, body }) {
        const read = readBroadcastMessage(body)
        if (read.ok) take({ kind: 'message', from: src, message: read.value })
        else context.log(`refused a message of ${src}: ${read.error}`)
      },
    },
  }
}

/** `--pace fast | balanced | frugal`. */
function paceIn(args: readonly string[]): PaceName {
  const { pace } = parseArgs({ args: [...args], options: { pace: { type: 'string', default: 'balanced' } } }).values
  if (!Object.hasOwn(PACES, pace)) throw new Error(`--pace is one of ${Object.keys(PACES).join(', ')}`)
  return pace as PaceName
}

function numberOn({ disk }: NodeContext, key: string): number {
  return Number(disk.get(key) ?? 0)
}

function keptAt({ disk }: NodeContext, at: number): Kept | undefined {
  return disk.get(`value ${at}`) as Kept | undefined
}
