import type { World } from '@waypost/kernel'
import { PRESENT_MS, readPresences, type PresenceMap } from '#serve/presence/presences.ts'
import type { LinkEvents } from './events.ts'
import type { SharedMap } from './drive.ts'
import { startLinks } from './links.ts'
import { createReplicas, type OwnState, type ReplicaState } from './replicas.ts'

/** What an operator set; absent: this process has no links. */
export interface LinkSettings {
  readonly host: string
  readonly port: number
  /** HOST:PORT each. */
  readonly peers: readonly string[]
  readonly secret: string
}

/** What the processes of a cluster tell each other and never write down: how they are, and who is where now. */
export interface Cluster extends AsyncDisposable {
  /** Everybody known, this process too, the dead of the last ten minutes among them. */
  replicas(): readonly ReplicaState[]
  /** Who has come or left here. */
  tell(delta: PresenceMap): void
}

/** Who is where now, as a process that serves people keeps it. */
interface HereNowMap {
  held(): PresenceMap
  join(delta: PresenceMap): void
}

const SAY_EVERY_MS = 1_000
/** What requests a second are a mean of. */
const SAYINGS = 10

export async function openCluster(options: {
  readonly world: World
  readonly settings: LinkSettings | undefined
  readonly self: () => string
  /** Both sides of a link must be of the same. */
  readonly service: string
  readonly events: LinkEvents
  readonly hereNow?: HereNowMap
  /** `requests`: all that were answered so far. */
  readonly own: () => Omit<OwnState, 'requestsPerSecond'> & { readonly requests?: number }
}): Promise<Cluster> {
  const { world, settings, service, events, hereNow } = options
  if (!settings) return ALONE
  const self = options.self()
  const replicas = createReplicas({ self, now: () => world.clock.now() })
  const presences: SharedMap | undefined = hereNow && {
    lifeMs: PRESENT_MS,
    held: () => hereNow.held(),
    join: (delta) => hereNow.join(readPresences(delta)),
  }
  const links = await startLinks({
    ...settings,
    world,
    self,
    cluster: service,
    maps: { replicas, ...(presences && { presences }) },
    refused: events.linkRefused,
  })
  const counts: number[] = []

  function all(): readonly ReplicaState[] {
    const linked = new Set(links.linked())
    return replicas.all().map((each) => ({
      ...each,
      health: links.health(each.id) ?? 'dead',
      isLinked: linked.has(each.id),
    }))
  }

  function say(): void {
    const { requests, ...own } = options.own()
    if (requests !== undefined) counts.push(requests)
    if (counts.length > SAYINGS + 1) counts.shift()
    const requestsPerSecond =
      counts.length > 1 ? ((counts.at(-1)! - counts[0]!) * 1_000) / ((counts.length - 1) * SAY_EVERY_MS) : 0
    links.wrote('replicas', replicas.say({ ...own, ...(requests !== undefined && { requestsPerSecond }) }))
    const states = all()
    const of = (health: ReplicaState['health']): number => states.filter((each) => each.health === health).length
    events.replicas({ alive: of('alive'), suspect: of('suspect'), dead: of('dead') }, links.linked().length)
  }
  say()
  const saying = world.timers.every(SAY_EVERY_MS, say)

  return {
    replicas: all,
    tell: (delta) => links.wrote('presences', delta),
    async [Symbol.asyncDispose]() {
      saying[Symbol.dispose]()
      await links[Symbol.asyncDispose]()
    },
  }
}

const ALONE: Cluster = {
  replicas: () => [],
  tell() {
    // There is nobody.
  },
  async [Symbol.asyncDispose]() {
    // Nothing was opened.
  },
}
