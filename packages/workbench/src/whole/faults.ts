import { tidFrom, type Random } from '@waypost/kernel'
import { accountFrame, deriveSigningKey, createSignedRepo, commitFrame, spoiltFrame, type Fault } from '@waypost/load'
import { snapshotsAmong } from '@waypost/server/stages'
import { pick, roll } from '../time/dice.ts'
import type { EngineFault } from './faulty-engine.ts'
import type { Host } from './host.ts'
import { CHECKIN, created, type Acting, type Person } from './people.ts'
import type { Cluster, Ingest, Node, Replica } from './node.ts'
import type { FaultKind } from './tally.ts'

/** Where faults are made. */
export interface Stage {
  readonly cluster: Cluster
  readonly ingests: readonly Ingest[]
  readonly replicas: readonly Replica[]
  readonly people: readonly Person[]
  readonly acting: Acting
  readonly dice: Random
  /** Addresses of check-ins that nobody made. */
  readonly forged: Set<string>
  /** Hosts that keep commits to themselves. */
  readonly silent: Set<Host>
  /** Faults that go on, and how each ends. */
  readonly lasting: Set<() => void>
  say(words: string): void
  /** Time stands still until it is done. */
  still<T>(work: Promise<T>): Promise<T>
  /** Stops a process, in the middle of a transaction where there is one before long, and starts it again after a time. */
  crash(node: Node, how: Crash): void
  /** From the next start of everybody on there is a log that ends at this position. */
  replaceLog(through: number): Promise<void>
}

export interface Crash {
  readonly downMs: number
  readonly loseDisk: boolean
  /** Whatever it is doing. */
  readonly now?: boolean
}

const LASTS_MS_MIN = 4_000
const LASTS_MS_MAX = 20_000
const REPLAYED = 20
const CLOCK_OFF_MS = 60_000
/** Longer than a lease is believed, and looked at. */
const TAKEN_OVER_MS = 7_000
/** An append sets out before that, or none is waited for. */
const TRAPPED_MS = 3_000
const RESTARTED_MS = 1_000
/** What happens to the one that follows the hosts, if one does. */
const LEADERS_FAULTS: ReadonlySet<FaultKind> = new Set(['clock', 'zombie', 'takeover'])

/** Lies that a verifier must see through, whoever tells them. */
const FORGERIES: readonly Fault[] = [
  'signature',
  'other-key',
  'high-s',
  'block-hash',
  'op-mismatch',
  'missing-block',
  'not-a-car',
  'truncated',
  'noise',
]

/** These kinds in their order, spread over the time. */
export async function makeTrouble(
  stage: Stage,
  options: { readonly durationMs: number; readonly kinds: readonly FaultKind[] },
): Promise<void> {
  const { dice, cluster } = stage
  const { kinds } = options
  const everyMs = options.durationMs / (kinds.length + 1)
  for (const kind of kinds) {
    await cluster.time.world.timers.sleep(everyMs * (0.5 + dice.fraction() / 2))
    await begin(stage, kind)
  }
  await cluster.time.world.timers.sleep(LASTS_MS_MAX)
}

async function begin(stage: Stage, kind: FaultKind): Promise<void> {
  const { cluster, dice, say, ingests, replicas } = stage
  const lastsMs = LASTS_MS_MIN + roll(dice, LASTS_MS_MAX - LASTS_MS_MIN)
  const host = pick(dice, cluster.network.hosts)
  const up = [...ingests, ...replicas].filter((node) => node.isUp)
  const active = ingests.find((one) => one.isUp && one.parts.ingesting.isActive())
  const joining = kind.startsWith('join-') ? replicas.filter((one) => one.isUp) : undefined
  const leading = LEADERS_FAULTS.has(kind) && active ? [active] : undefined
  const among: readonly Node[] = joining ?? leading ?? up
  if (among.length === 0) return say(`no fault: ${kind}, since all are down`)
  const node = pick(dice, among)
  const last = (end: () => void): void => {
    stage.lasting.add(end)
    cluster.time.after(lastsMs, () => stage.lasting.delete(end) && end())
  }
  say(`fault: ${kind} (${host.url}, ${node.name}, ${Math.round(lastsMs)} ms)`)
  switch (kind) {
    case 'disconnect':
      return host.disconnect()
    case 'away':
      host.mood.away = true
      host.disconnect()
      return last(() => (host.mood.away = false))
    case 'replay':
      host.mood.replays = REPLAYED
      host.disconnect()
      return last(() => (host.mood.replays = 0))
    case 'repeat':
      host.mood.repeats = true
      return last(() => (host.mood.repeats = false))
    case 'outdated':
      host.mood.away = true
      host.disconnect()
      return last(() => {
        host.forget(roll(dice, 2))
        host.mood.away = false
      })
    case 'reset':
      return host.reset()
    case 'silent':
      stage.silent.add(host)
      return last(() => stage.silent.delete(host))
    case 'forged':
      return stage.still(forge(stage))
    case 'foreign':
      return stage.still(slander(stage))
    case 'append-fails':
    case 'append-unknown':
    case 'slow':
    case 'stall':
    case 'full':
    case 'read-fails':
    case 'engine-away':
      cluster.weather.faults.add(kind satisfies EngineFault)
      return last(() => cluster.weather.faults.delete(kind))
    case 'crash':
    case 'disk-lost':
      cluster.tally.count(kind)
      return stage.crash(node, { downMs: lastsMs, loseDisk: kind === 'disk-lost' })
    case 'takeover':
      if (!active || !ingests.some((one) => one.isUp && one !== active)) return
      cluster.tally.count(kind)
      return stage.crash(active, { downMs: TAKEN_OVER_MS + lastsMs, loseDisk: false })
    case 'zombie': {
      if (!active) return
      const { life } = active
      cluster.traps.set(life, TAKEN_OVER_MS + lastsMs)
      cluster.time.after(TRAPPED_MS, () => {
        if (cluster.traps.delete(life) && !life.isOver) life.pauseFor(TAKEN_OVER_MS + lastsMs)
      })
      return
    }
    case 'plug':
      cluster.tally.count(kind)
      for (const one of up)
        stage.crash(one, { downMs: RESTARTED_MS + roll(dice, LASTS_MS_MIN), loseDisk: false, now: true })
      return
    case 'log-lost':
    case 'log-older': {
      for (const one of up) {
        const lateMs = replicas.some((replica) => replica === one) ? roll(dice, LASTS_MS_MAX) : 0
        stage.crash(one, { downMs: RESTARTED_MS + lateMs, loseDisk: false, now: true })
      }
      cluster.lostLog = kind
      return stage.replaceLog(kind === 'log-lost' ? 0 : Math.floor((await cluster.engine.log.head()) * dice.fraction()))
    }
    case 'join-empty':
      for (const blob of await cluster.engine.blobs.list('snapshots/')) await cluster.engine.blobs.delete(blob)
      return stage.crash(node, { downMs: RESTARTED_MS, loseDisk: true })
    case 'join-damaged':
      await damageNewest(stage)
      return stage.crash(node, { downMs: RESTARTED_MS, loseDisk: true })
    case 'join-snapshot':
      return stage.crash(node, { downMs: RESTARTED_MS, loseDisk: true })
    case 'pause':
      return node.life.pauseFor(lastsMs)
    case 'clock': {
      const { life } = node
      life.setClock((dice.fraction() * 2 - 1) * CLOCK_OFF_MS)
      return last(() => life.setClock(0))
    }
  }
}

/** One message for each way of forging, of check-ins that nobody made. */
async function forge({ acting, dice, people, forged, cluster }: Stage): Promise<void> {
  for (const fault of FORGERIES) {
    const victims = people.filter(({ account, repo }) => account.active && repo.head)
    if (victims.length === 0) return
    const { repo, host, did } = pick(dice, victims)
    const write = created(acting, CHECKIN, { place: { name: 'Nowhere' } })
    const nowMicros = acting.world.clock.now() * 1_000
    const stamp = { seq: host.nextSeq(), time: new Date(acting.world.clock.now()).toISOString() }
    const frame = await spoiltFrame(fault, repo, [write], { stamp, at: nowMicros, nowMicros })
    forged.add(`at://${did}/${CHECKIN}/${write.rkey}`)
    host.publish(() => frame)
    cluster.tally.count('forged')
  }
}

/** A host speaks of somebody who lives elsewhere: that their account is gone, and that they were somewhere. */
async function slander({ cluster, people, dice, acting, forged }: Stage): Promise<void> {
  const { hosts } = cluster.network
  const victim = pick(dice, people)
  const liar = hosts.find((host) => host !== victim.host)
  if (!liar || !victim.account.active) return
  const { did } = victim
  liar.publish((stamp) => accountFrame(stamp, { did, active: false, status: 'deleted' }))
  const micros = acting.world.clock.now() * 1_000
  const key = await deriveSigningKey(`not ${did}`)
  const repo = createSignedRepo({ did, key, clock: acting.world.clock })
  const write = created(acting, CHECKIN, { place: { name: 'Nowhere' } })
  const commit = await repo.commit([{ ...write, rkey: tidFrom(micros + 1, 7) }], { at: micros })
  forged.add(`at://${did}/${CHECKIN}/${tidFrom(micros + 1, 7)}`)
  liar.publish((stamp) => commitFrame(stamp, commit))
  cluster.tally.count('foreign')
}

async function damageNewest({ cluster: { engine }, dice }: Stage): Promise<void> {
  const [newest] = snapshotsAmong(await engine.blobs.list('snapshots/')).filter(({ isWhole }) => isWhole)
  const part = newest?.blobs.find((blob) => blob.includes('/part-'))
  const bytes = part && (await engine.blobs.get(part))
  if (!bytes) return
  const at = roll(dice, bytes.length)
  bytes[at]! ^= 1 + roll(dice, 255)
  await engine.blobs.put(part, bytes)
}
