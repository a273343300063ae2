import type { World } from '@waypost/kernel'

/** The first version in which every acknowledged message survives, and syncing costs next to nothing. */
const VERSION_MIN = [2, 15, 1] as const
export const VERSION_MIN_TEXT = VERSION_MIN.join('.')
const ANSWER_MS_MAX = 2_000
/** From so many servers on there are three copies. */
const REPLICAS = 3
/** Servers that were started a moment ago have not all found each other: so long they are asked again. */
const GATHERED_MS_MAX = 10_000
const LOOK_MS = 250

/** What a server's own monitoring says of it. */
export interface ServerState {
  readonly name: string
  readonly version: string
  /** Whether it syncs a message to the disk before it acknowledges it. */
  readonly syncsAlways: boolean
  readonly hasJetStream: boolean
  /** Servers in its cluster; 1 for one alone. */
  readonly clusterSize: number
}

/** Why a server cannot keep the log, and what to do about it; undefined where it can. */
export function unsafeBecause(state: ServerState): string | undefined {
  if (isOlder(state.version)) {
    return `${state.name} is nats-server ${state.version}: Waypost needs ${VERSION_MIN_TEXT} or newer`
  }
  if (!state.hasJetStream) return `${state.name} has no JetStream: put "jetstream { … }" into its configuration`
  if (!state.syncsAlways) {
    return `${state.name} would lose acknowledged messages in a power cut: put "sync_interval: always" into the jetstream block of its configuration, and restart it`
  }
  return undefined
}

/** Whether a version (`2.15.1`, `2.16.0-RC.1`) is older than that. */
export function isOlder(version: string): boolean {
  const parts = version.split('-')[0]!.split('.').map(Number)
  const at = VERSION_MIN.findIndex((least, index) => parts[index] !== least)
  return at >= 0 && !((parts[at] ?? 0) > VERSION_MIN[at]!)
}

/**
 * Asks the monitoring (`http://…:8222`) of every server. Throws an `Error` that says what to set where one of them is
 * unsafe, or where not more than half of them answer: a server that is down is not asked, but a majority must be.
 * Answers how many copies the cluster is good for.
 */
export async function assertSafe(world: World, monitors: readonly string[]): Promise<{ replicas: number }> {
  const until = world.clock.elapsed() + GATHERED_MS_MAX
  let size = await sizeOf(world, monitors)
  while (size < monitors.length && world.clock.elapsed() < until) {
    await world.timers.sleep(LOOK_MS)
    size = await sizeOf(world, monitors)
  }
  return { replicas: size >= REPLICAS ? REPLICAS : 1 }
}

async function sizeOf(world: World, monitors: readonly string[]): Promise<number> {
  const found = await Promise.allSettled(monitors.map((url) => stateOf(world, url)))
  const states = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  const faults = states.flatMap((state) => unsafeBecause(state) ?? [])
  if (faults.length > 0) throw new Error(`the NATS servers are not safe for a log:\n${faults.join('\n')}`)
  if (states.length * 2 <= monitors.length) {
    const silent = monitors.filter((_, at) => found[at]!.status === 'rejected')
    throw new Error(
      `cannot tell whether the NATS servers are safe: no monitoring at ${silent.join(', ')}. ` +
        'Start them with "http_port: 8222", or name the addresses in WAYPOST_ENGINE_MONITORS',
    )
  }
  const size = Math.max(...states.map(({ clusterSize }) => clusterSize))
  if (size > 1 && size > monitors.length) {
    throw new Error(
      `the cluster has ${size} servers, of which ${monitors.length} are named: name them all in WAYPOST_ENGINE`,
    )
  }
  return size
}

async function stateOf(world: World, url: string): Promise<ServerState> {
  const general = (await monitored(world, url, 'varz')) as { server_name: string; version: string }
  const streams = (await monitored(world, url, 'jsz')) as {
    disabled?: boolean
    config?: { sync_always?: boolean }
    meta_cluster?: { cluster_size?: number }
  }
  return {
    name: general.server_name,
    version: general.version,
    syncsAlways: streams.config?.sync_always === true,
    hasJetStream: streams.disabled !== true && streams.config !== undefined,
    clusterSize: streams.meta_cluster?.cluster_size ?? 1,
  }
}

/** What a server's monitoring answers, as JSON. */
export async function monitored(world: World, url: string, path: string): Promise<unknown> {
  const late = new AbortController()
  const asked = fetch(new URL(path, url.endsWith('/') ? url : `${url}/`), { signal: late.signal })
  void world.timers.sleep(ANSWER_MS_MAX, late.signal).then(() => late.abort())
  try {
    const answer = await asked
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
    return await answer.json()
  } finally {
    late.abort()
  }
}
