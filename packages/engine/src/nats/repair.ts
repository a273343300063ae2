import { ok, refuse, type Result, type World } from '@waypost/kernel'
import type { StreamInfo } from '@nats-io/jetstream'
import type { Damage } from './audit.ts'
import { openConnection, type Connection } from './connection.ts'
import { monitored } from './safety.ts'

/*
 * A damaged copy is given up by the cluster and filled again from the others.
 * In: what the audit found. Out: steps, two of which are the operator's. Promise: at every moment two whole copies are kept
 * and hold the quorum, or nothing is changed.
 *
 * Three servers have no fourth to move a copy to, so that JetStream refuses to evacuate one, and of a stream that is to have
 * one copy less it is the servers who choose which to drop. They keep the leader, and drop a server that is away before one
 * that is there: the damaged one is the only one away while it is stopped.
 */

export type RepairStep =
  | { readonly kind: 'leader-moved'; readonly stream: string; readonly to: string }
  /** For the operator: the server is to be stopped now, in order. */
  | { readonly kind: 'stop'; readonly server: string }
  | { readonly kind: 'let-go'; readonly server: string; readonly stream: string }
  /** For the operator: the server is to be started now. */
  | { readonly kind: 'start'; readonly server: string }
  | { readonly kind: 'filling'; readonly server: string; readonly stream: string; readonly left: number }
  | { readonly kind: 'filled'; readonly server: string; readonly stream: string }

/**
 * not-two-whole: fewer than two copies are alike and whole, and nobody can tell which is right. no-monitoring: the damaged
 * server's cannot be found. others-away: a server with a whole copy is away or behind. not-stopped, not-started: the
 * operator did not within half an hour. other-let-go: the servers dropped another copy. not-filled: it takes longer than an
 * hour. given-up: Ctrl-C.
 */
export type RepairRefusal =
  | 'not-two-whole'
  | 'no-monitoring'
  | 'others-away'
  | 'not-stopped'
  | 'not-started'
  | 'other-let-go'
  | 'not-filled'
  | 'given-up'

export interface RepairOptions {
  readonly world: World
  readonly servers: readonly string[]
  readonly monitors: readonly string[]
  readonly space?: string
  /** What `auditCopies` found, of one server. */
  readonly damages: readonly Damage[]
  readonly tell: (step: RepairStep) => void
  readonly signal: AbortSignal
}

const WHOLE_MIN = 2
const LOOK_MS = 250
const OPERATOR_MS_MAX = 30 * 60_000
/** The servers carry out what they were asked within moments, or not at all. */
const SERVERS_MS_MAX = 30_000
const FILLED_MS_MAX = 60 * 60_000

/** Has one server's damaged copies filled anew. Nothing was changed for good where it is refused. */
export async function repairCopies(options: RepairOptions): Promise<Result<undefined, RepairRefusal>> {
  const { world, monitors, damages, tell, signal } = options
  const [first] = damages
  if (first === undefined) return ok(undefined)
  if (damages.some(({ whole }) => whole.length < WHOLE_MIN)) return refuse('not-two-whole')
  const { server } = first
  const monitor = await monitorOf(world, monitors, server)
  if (monitor === undefined) return refuse('no-monitoring')
  await using opened = new AsyncDisposableStack()
  const connection = await openConnection({ space: 'waypost', ...options })
  opened.defer(() => connection.close())

  const within = (ms: number, isSo: () => Promise<boolean>): Promise<boolean> => become(world, { ms, signal }, isSo)
  const everyStream = async (isSo: (info: StreamInfo, damage: Damage) => boolean): Promise<boolean> => {
    for (const damage of damages) if (!isSo(await infoOf(connection, damage.stream), damage)) return false
    return true
  }

  async function moveLeaders(): Promise<boolean> {
    for (const { stream, whole } of damages) {
      const { cluster } = await infoOf(connection, stream)
      if (whole.includes(cluster?.leader ?? '')) continue
      const to = whole[0]!
      await stepDown(connection, stream, to)
      if (!(await within(SERVERS_MS_MAX, async () => isLedBy(await infoOf(connection, stream), whole)))) return false
      tell({ kind: 'leader-moved', stream, to })
    }
    return true
  }

  async function letGo(): Promise<RepairRefusal | undefined> {
    for (const { stream, whole } of damages) {
      const { config } = await infoOf(connection, stream)
      await scale(connection, stream, config.num_replicas - 1)
      const isGone = async (): Promise<boolean> => {
        const left = peersOf(await infoOf(connection, stream))
        return !left.includes(server) && whole.every((each) => left.includes(each))
      }
      if (!(await within(SERVERS_MS_MAX, isGone))) return signal.aborted ? 'given-up' : 'other-let-go'
      tell({ kind: 'let-go', server, stream })
    }
    return undefined
  }

  async function fill(): Promise<boolean> {
    for (const { stream } of damages) {
      let told: number | undefined
      const isFilled = async (): Promise<boolean> => {
        const { cluster } = await infoOf(connection, stream)
        const peer = cluster?.replicas?.find(({ name }) => name === server)
        const left = peer?.lag ?? 0
        if (peer && left !== told) tell({ kind: 'filling', server, stream, left: (told = left) })
        return peer?.current === true && left === 0
      }
      if (!(await within(FILLED_MS_MAX, isFilled))) return false
      tell({ kind: 'filled', server, stream })
    }
    return true
  }

  const copies = new Map<string, number>()
  for (const { stream } of damages) copies.set(stream, (await infoOf(connection, stream)).config.num_replicas)
  const askForAll = async (): Promise<void> => {
    for (const [stream, count] of copies) await scale(connection, stream, count)
  }
  // However it ends: a server that was let go of is filled once it is there.
  opened.defer(askForAll)
  if (!(await moveLeaders()) || !(await everyStream(isSafe))) return refuse('others-away')
  tell({ kind: 'stop', server })
  const isAway = (): Promise<boolean> => everyStream((info) => isOffline(info, server))
  if (!(await within(OPERATOR_MS_MAX, isAway))) return refuse(signal.aborted ? 'given-up' : 'not-stopped')
  if (!(await everyStream(isSafe))) return refuse('others-away')
  const fault = await letGo()
  if (fault) return refuse(fault)
  tell({ kind: 'start', server })
  // A process of Waypost that starts meanwhile asks for all copies as well; what comes of it the next audit says.
  const areAsked = (): Promise<boolean> =>
    everyStream(({ config }, { stream }) => config.num_replicas === copies.get(stream))
  const hasGivenUp = async (): Promise<boolean> => (await holdsNone(world, monitor, damages)) || (await areAsked())
  if (!(await within(OPERATOR_MS_MAX, hasGivenUp))) return refuse(signal.aborted ? 'given-up' : 'not-started')
  await askForAll()
  return (await fill()) ? ok(undefined) : refuse(signal.aborted ? 'given-up' : 'not-filled')
}

/** Whether those with whole copies are all there, have everything, and one of them leads. */
function isSafe(info: StreamInfo, { whole }: Damage): boolean {
  const { cluster } = info
  const isThere = (name: string): boolean => {
    const peer = cluster?.replicas?.find((each) => each.name === name)
    return peer?.current === true && !peer.offline && !peer.lag
  }
  return isLedBy(info, whole) && whole.every((name) => name === cluster?.leader || isThere(name))
}

function isLedBy({ cluster }: StreamInfo, servers: readonly string[]): boolean {
  return servers.includes(cluster?.leader ?? '')
}

function isOffline({ cluster }: StreamInfo, server: string): boolean {
  return cluster?.replicas?.some(({ name, offline }) => name === server && offline) === true
}

function peersOf({ cluster }: StreamInfo): readonly string[] {
  return [...(cluster?.leader ? [cluster.leader] : []), ...(cluster?.replicas ?? []).map(({ name }) => name)]
}

function infoOf({ ask, manager }: Connection, stream: string): Promise<StreamInfo> {
  return ask(() => manager.streams.info(stream))
}

async function scale(connection: Connection, stream: string, copies: number): Promise<void> {
  const { ask, manager } = connection
  if ((await infoOf(connection, stream)).config.num_replicas === copies) return
  await ask(() => manager.streams.update(stream, { num_replicas: copies }))
}

async function stepDown({ ask, nats }: Connection, stream: string, preferred: string): Promise<void> {
  await ask(() =>
    nats.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, JSON.stringify({ placement: { preferred } })),
  )
}

/** Asks again and again; an answer that does not come counts as no. */
async function become(
  world: World,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const until = world.clock.elapsed() + ms
  while (!signal.aborted) {
    if (await isSo().catch(() => false)) return true
    if (world.clock.elapsed() >= until) return false
    await world.timers.sleep(LOOK_MS, signal)
  }
  return false
}

async function monitorOf(world: World, monitors: readonly string[], server: string): Promise<string | undefined> {
  for (const url of monitors) {
    const general = await monitored(world, url, 'varz').catch(() => undefined)
    if ((general as { server_name?: string } | undefined)?.server_name === server) return url
  }
  return undefined
}

/** Whether the server is there and has none of these streams on its disk any more. */
async function holdsNone(world: World, monitor: string, damages: readonly Damage[]): Promise<boolean> {
  const { account_details: accounts = [] } = (await monitored(world, monitor, 'jsz?accounts=true&streams=true')) as {
    account_details?: readonly { readonly stream_detail?: readonly { readonly name: string }[] }[]
  }
  const held = new Set(accounts.flatMap(({ stream_detail: streams = [] }) => streams.map(({ name }) => name)))
  return damages.every(({ stream }) => !held.has(stream))
}
