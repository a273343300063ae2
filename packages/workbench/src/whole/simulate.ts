/**
 * A network of whole servers from one seed. Long because one state ties it together: who is there, what was done, what is
 * broken at the moment; each of the functions around it is short.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { openMemoryEngine } from '@waypost/engine'
import type { AtUri, Tid } from '@waypost/kernel'
import { getTimeline } from '@waypost/server/stages'
import { virtualTime, type VirtualTime } from '../inside/virtual-time.ts'
import { diceFor, pick, roll, shuffled } from '../time/dice.ts'
import { compareReplicas } from './alike.ts'
import { compareWithOracle, violation, type Violation } from './check.ts'
import { makeTrouble, type Crash, type Stage } from './faults.ts'
import { STALL_MS } from './faulty-engine.ts'
import { openHost, type Host } from './host.ts'
import type { Network } from './network.ts'
import { act, introduce, join, PEOPLE_MAX, RETURNS, stir, type Acting, type Deed, type Person } from './people.ts'
import { createIngest, createReplica, placeOf, type Cluster, type Node, type Replica } from './node.ts'
import { cutLinks, PRESENCE_MARK } from './partition.ts'
import { createStill, type Still } from './still.ts'
import { createTally, FAULT_KINDS, type FaultKind } from './tally.ts'
import { createLinkNetwork } from './link-network.ts'

export interface SimulateOptions {
  readonly seed: number
  /** Of faults, in virtual time; calm and healing come on top. */
  readonly minutes: number
  readonly replicas: number
  /** One follows the hosts, and the others stand by. */
  readonly ingests: number
  /** All must be as it should so long after the faults; without it after seven hours. */
  readonly healedWithinMs?: number
  /** Without it all that the number of replicas allows. */
  readonly faults?: readonly FaultKind[]
}

/** What became of one simulated network. */
export interface Outcome {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** What happened, a line each, after milliseconds of virtual time. */
  readonly history: readonly string[]
  /** How often each kind of fault made a difference. */
  readonly faults: Readonly<Record<FaultKind, number>>
  /** Those that were wanted and made none. */
  readonly silentFaults: readonly FaultKind[]
  readonly refusals: Readonly<Record<string, number>>
  readonly deeds: number
  /** The longest time from the end of the faults to when everything was as it must be, in milliseconds. */
  readonly healedMs: number
  readonly virtualMs: number
}

const PEOPLE = 8
/** The last of them sign in one after another, and write nothing of ours. */
const LURKERS = 3
const HOSTS = 3
const CALM_MS = 20_000
const ROUNDS = 2
const PAUSE_MS_MAX = 1_200
/** While nothing is wrong, a commit is to be seen everywhere after this long. */
const SEEN_WITHIN_MS = 2_000
/** Everybody's host is asked what it has once in six hours; nothing is missing for longer. */
const HEALED_WITHIN_MS = 7 * 3_600_000
/** Who look where not everybody must. */
const VIEWERS = 4
const LOOK_MS_MIN = 2_000
const WATCH_MS = 500
const DOOMED_MS = 3_000
/** Those by which a host tells less than it should: only then may a chain break. */
const LOSSES: ReadonlySet<FaultKind> = new Set(['outdated', 'reset', 'silent', 'forged', 'foreign'])
const RESTART_MS = 1_000

/** A lease runs out 5 s after it was last written, and is looked at twice a second. */
const TAKEN_OVER_WITHIN_MS = 7_000
/** A sign-in whose order the engine does not take is tried again. */
const SIGN_IN_AGAIN_MS = 1_000
const SIGN_IN_MS_MAX = 30_000
/** What the answer to a write waits for its being seen. */
const OWN_WRITE_MS_MAX = 5_000

export function faultsFor(ingests: number): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => ingests > 1 || (kind !== 'takeover' && kind !== 'zombie'))
}

/** One network, from its people's first words to the comparison of everything with the oracle, from one seed. */
export async function simulate(options: SimulateOptions): Promise<Outcome> {
  const still = createStill({ eachTurn: () => simulation.strike() })
  const time = virtualTime(options.seed, { isAtRest: still.isAtRest })
  const folder = mkdtempSync(joinPath(tmpdir(), 'waypost-simulate-'))
  const simulation: Simulation = createSimulation(options, { time, still, folder })
  try {
    return await time.drive(simulation.run())
  } finally {
    for (const node of simulation.nodes) if (node.isUp) node.crash({ loseDisk: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Simulation {
  readonly nodes: readonly Node[]
  run(): Promise<Outcome>
  /** Crashes those whose turn it is, if they are in the middle of something. */
  strike(): void
}

interface Ground {
  readonly time: VirtualTime
  readonly still: Still
  readonly folder: string
}

function createSimulation(options: SimulateOptions, { time, still, folder }: Ground): Simulation {
  const { seed } = options
  const { world } = time
  const tally = createTally()
  const history: string[] = []
  const violations: Violation[] = []
  const refusals: Record<string, number> = {}
  const forged = new Set<string>()
  const silent = new Set<Host>()
  const people: Person[] = []
  const lurkers: Person[] = []
  const { keyValue, blobs, ...first } = openMemoryEngine({ world })
  const engine = { ...first, keyValue, blobs }
  const hosts = Array.from({ length: HOSTS }, (_, at) =>
    openHost(`https://pds${at + 1}.example`, { time, dice: diceFor(seed, `host ${at}`), tally }),
  )
  const network: Network = { hosts, identities: new Map() }
  let [deeds, healedMs] = [0, 0]
  let isCalm = true
  const readers = diceFor(seed, 'readers')
  const linkDice = diceFor(seed, 'links')

  const say = (words: string): void => void history.push(`${world.clock.elapsed().toFixed(3)} ${words}`)

  const cluster: Cluster = {
    seed,
    time,
    still,
    engine,
    traps: new Map(),
    leader: undefined,
    lostLog: undefined,
    say,
    weather: { faults: new Set() },
    network,
    linkNetwork: createLinkNetwork({ time, dice: diceFor(seed, 'link network') }),
    places: Array.from({ length: options.replicas }, (_, at) => placeOf(nameOf(at))),
    areLinked: false,
    tally,
    shown(replica, through, uris) {
      say(`${replica} shows the log up to ${through}`)
      for (const uri of uris.filter((one: AtUri) => forged.has(one)))
        violations.push(violation('unverified', `${replica} shows ${uri}, which nobody signed`))
    },
    refused: (reason) => void (refusals[reason] = (refusals[reason] ?? 0) + 1),
  }
  const replicas = Array.from({ length: options.replicas }, (_, at) =>
    createReplica(nameOf(at), joinPath(folder, `replica${at}`), cluster),
  )
  const ingests = Array.from({ length: options.ingests }, (_, at) =>
    createIngest(`ingest ${at + 1}`, joinPath(folder, `ingest${at}`), cluster),
  )
  const nodes: readonly Node[] = [...ingests, ...replicas]
  const acting: Acting = {
    people,
    dice: diceFor(seed, 'people'),
    world,
    isSilent({ host }) {
      if (!silent.has(host)) return false
      tally.count('silent')
      return true
    },
  }

  /** Whoever is to crash does so in the middle of a transaction, if there is one before long. */
  const doomed = new Map<Node, Crash>()

  function strike(): void {
    for (const replica of replicas) {
      const how = doomed.get(replica)
      if (how && replica.isUp && replica.parts.readModel.db.inTransaction) crash(replica, how)
    }
  }

  function doom(node: Node, how: Crash): void {
    if (how.now) return crash(node, how)
    doomed.set(node, how)
    time.after(DOOMED_MS, () => {
      if (doomed.has(node) && node.isUp) crash(node, how)
    })
  }

  function crash(node: Node, how: Crash): void {
    doomed.delete(node)
    say(`${node.name} crashes${how.loseDisk ? ' and loses its disk' : ''}`)
    node.crash(how)
    time.after(how.downMs, () => {
      if (node.isUp) return
      say(`${node.name} starts`)
      void node.start()
    })
  }

  const stage: Stage = {
    cluster,
    ingests,
    replicas,
    people,
    acting,
    dice: diceFor(seed, 'faults'),
    forged,
    silent,
    lasting: new Set(),
    say,
    still: still.still,
    crash: doom,
    replaceLog,
  }

  /** All is down, and what comes back is another log: an empty one, or what stood in this one up to a position. */
  async function replaceLog(through: number): Promise<void> {
    const older = openMemoryEngine({ world }).log
    const kept = through === 0 ? [] : await engine.log.read(0, { limit: through })
    for (const { position, ...entry } of kept) if (position <= through) await older.append([entry])
    engine.log = older
    cluster.leader = undefined
  }

  /** What a supervisor does. */
  function watch(): void {
    for (const node of nodes) {
      const { fault } = node
      if (fault === undefined) continue
      violations.push(violation('crashed', `${node.name}: ${fault.stack}`))
      say(`${node.name} ends: ${fault.message}`)
      crash(node, { downMs: RESTART_MS, loseDisk: false })
    }
    watchLeader()
  }

  /** Where nothing but a process stands in the way, the hosts are followed again before long. */
  let followedAt = 0
  function watchLeader(): void {
    const now = world.clock.elapsed()
    const able = ingests.filter((one) => one.isUp && !one.life.isPaused)
    const isFollowed = able.some(({ parts }) => parts.ingesting.isActive())
    if (isFollowed || able.length === 0) followedAt = Math.max(followedAt, now)
    // A question that has met a stall is under way for a while after it.
    if (cluster.weather.faults.size > 0) followedAt = now + STALL_MS
    if (now - followedAt <= TAKEN_OVER_WITHIN_MS) return
    violations.push(
      violation(
        'fail-over',
        `nobody has followed the hosts for ${TAKEN_OVER_WITHIN_MS} ms, and ${able[0]!.name} could`,
      ),
    )
    followedAt = Infinity
  }

  function note(deed: Deed | undefined): void {
    if (!deed) return
    deeds++
    const { person, words } = deed
    say(`${person.name} ${words}`)
    const { head } = person.repo
    if (head && person.account.active) void readOwnWrite(person, head.rev, words)
    // Who was away has no session any more. A log that was lost meanwhile knows nothing of them.
    if (words === RETURNS) void signIn(person)
    if (!isCalm || !head || !person.account.active) return
    time.after(SEEN_WITHIN_MS, () => {
      if (!isCalm) return
      for (const replica of replicas.filter((one) => (revIn(one, person) ?? '') < head.rev))
        violations.push(
          violation(
            'stale',
            `${replica.name} does not show what ${person.name} did: ${words}, after 2 s without a fault`,
          ),
        )
    })
  }

  async function actFor(durationMs: number): Promise<void> {
    const links = cutLinks({
      cluster,
      replicas,
      people,
      dice: linkDice,
      durationMs,
      wrong: (words) => violations.push(violation('here-now', words)),
    })
    for (const until = world.clock.elapsed() + durationMs; world.clock.elapsed() < until;) {
      await world.timers.sleep(acting.dice.fraction() * PAUSE_MS_MAX)
      note(await still.still(act(acting)))
      read()
    }
    await links
  }

  /** Who has written by a replica is answered once it shows that. */
  async function readOwnWrite(person: Person, rev: Tid, words: string): Promise<void> {
    const replica = pick(readers, replicas)
    if (!replica.isUp) return
    const { life, parts } = replica
    const isShown = await parts.waitForRev(person.did, rev, { timeoutMs: OWN_WRITE_MS_MAX })
    if (!isShown || life.isOver || (revIn(replica, person) ?? '') >= rev) return
    violations.push(
      violation(
        'own-write',
        `${replica.name} answers ${person.name} that it shows what they did, and does not: ${words}`,
      ),
    )
  }

  /** Who signs in is followed from then on, whatever becomes of the processes. */
  async function signIn(person: Person): Promise<void> {
    for (;;) {
      const replica = pick(readers, replicas)
      if (replica.isUp) {
        const placed = replica.parts.ingesting.track(person.did).then(
          () => true,
          () => false,
        )
        const late = world.timers.sleep(SIGN_IN_MS_MAX).then(() => false)
        if (await Promise.race([placed, late])) return say(`${person.name} has signed in at ${replica.name}`)
      }
      await world.timers.sleep(SIGN_IN_AGAIN_MS)
    }
  }

  /** Of those who only look and follow, one comes in each part of the time. */
  async function arrive(): Promise<void> {
    const person = lurkers.shift()
    if (!person) return
    const words = await still.still(stir(acting, person))
    await signIn(person)
    people.push(person)
    // Somebody of whom all is old has nothing to be late with.
    say(`${person.name} ${words}`)
  }

  /** Somebody looks at their home feed, so that it is in memory when things change. */
  function read(): void {
    const [replica, person] = [pick(readers, replicas), pick(readers, people)]
    if (!replica.isUp || !person.account.active) return
    const { queries, fragments } = replica.parts.reading
    const context = { queries, fragments, viewer: person.did, now: world.clock.now() }
    getTimeline({ limit: 10 } as never, context)
  }

  /** `isSome`: what a few of them see is enough for now. */
  async function settle({ isSome }: { readonly isSome: boolean }): Promise<void> {
    const from = world.clock.elapsed()
    for (let lookMs = LOOK_MS_MIN; ; lookMs *= 1.3) {
      await world.timers.sleep(lookMs)
      const tookMs = world.clock.elapsed() - from
      const isLast = tookMs > (options.healedWithinMs ?? HEALED_WITHIN_MS)
      if (!isLast && !(nodes.every(({ isUp }) => isUp) && replicas.every(isUpToDate))) continue
      const found = replicas.flatMap((replica) =>
        replica.isUp
          ? compareWithOracle({ name: replica.name, reading: replica.parts.reading }, people, {
              nowMs: world.clock.now(),
              ...(isSome && { viewers: shuffled(readers, [undefined, ...people]).slice(0, VIEWERS) }),
            })
          : [violation('not-healed', `${replica.name} is down`)],
      )
      if (found.length > 0 && !isLast) continue
      violations.push(...found)
      healedMs = Math.max(healedMs, tookMs)
      say(`looked at after ${Math.round(tookMs)} ms: ${found.length} violations`)
      return
    }
  }

  function isUpToDate(replica: Replica): boolean {
    return (
      replica.isUp &&
      people.every((person) => !person.account.active || revIn(replica, person) === person.repo.head?.rev)
    )
  }

  function heal(): void {
    for (const end of stage.lasting) end()
    stage.lasting.clear()
    say('all faults end')
  }

  async function begin(): Promise<void> {
    for (let number = 0; number < Math.min(PEOPLE + LURKERS, PEOPLE_MAX); number++) {
      const lurks = number >= PEOPLE
      const person = await still.still(join(seed, number, { host: hosts[number % HOSTS]!, world, lurks }))
      if (lurks) lurkers.push(person)
      else people.push(person)
      const { did, account } = person
      const signingKey = person.signingKey
      network.identities.set(did, { did, handle: account.handle, signingKey, pds: person.host.url })
    }
    for (const node of nodes) await node.start()
    world.timers.every(WATCH_MS, watch)
    for (const { url } of hosts) await replicas[0]!.parts.ingesting.followHost(url)
    await world.timers.sleep(PAUSE_MS_MAX)
    for (const person of people) note(await still.still(introduce(acting, person).then((words) => ({ person, words }))))
  }

  /** The one that follows the hosts is killed, or paused, and nothing else is wrong: another one reads on where it was. */
  async function handOver(): Promise<void> {
    const active = ingests.find((one) => one.isUp && one.parts.ingesting.isActive())
    if (!active) return void violations.push(violation('fail-over', 'nobody follows the hosts, and nothing is wrong'))
    isCalm = false
    if (roll(acting.dice, 2) === 0) crash(active, { downMs: 2 * TAKEN_OVER_WITHIN_MS, loseDisk: false })
    else active.life.pauseFor(2 * TAKEN_OVER_WITHIN_MS)
    say(`${active.name} hands over`)
    await actFor(TAKEN_OVER_WITHIN_MS)
    const said = new Map(people.map((person) => [person, person.account.active ? person.repo.head?.rev : undefined]))
    await actFor(SEEN_WITHIN_MS)
    for (const [person, rev] of said) {
      const late = replicas.find((one) => person.account.active && rev && (revIn(one, person) ?? '') < rev)
      if (late)
        violations.push(
          violation('fail-over', `${late.name} does not show what ${person.name} did while ${active.name} handed over`),
        )
    }
    await settle({ isSome: true })
    isCalm = true
  }

  /** Who is here now is in memory alone. */
  async function lookForPresences(): Promise<void> {
    const entries = await still.still(engine.log.read(0, { limit: Number.MAX_SAFE_INTEGER }))
    const held = await still.still(engine.keyValue.list(''))
    const values = await still.still(Promise.all(held.map((key) => engine.keyValue.get(key))))
    const kept = [...entries.map(({ body }) => body), ...values.flatMap((each) => (each ? [each.value] : []))]
    if (kept.some((bytes) => Buffer.from(bytes).includes(PRESENCE_MARK)))
      violations.push(violation('here-now', 'where somebody is now is written down'))
  }

  /** Whose host kept something to itself is found out by what they do next. */
  async function stirAll(): Promise<void> {
    for (const person of people.filter(({ account }) => account.active))
      note(await still.still(stir(acting, person).then((words) => ({ person, words }))))
  }

  async function run(): Promise<Outcome> {
    await begin()
    await arrive()
    await actFor(CALM_MS)
    await settle({ isSome: true })
    const faults = options.faults ?? faultsFor(options.ingests)
    const order = shuffled(stage.dice, faults)
    for (let round = 0; round < ROUNDS && violations.length === 0; round++) {
      isCalm = faults.length === 0
      const kinds = order.filter((_, at) => at % ROUNDS === round)
      const durationMs = (options.minutes * 60_000) / ROUNDS
      const trouble = makeTrouble(stage, { durationMs, kinds })
      const arrived = time.world.timers.sleep(acting.dice.fraction() * durationMs).then(arrive)
      await actFor(durationMs)
      await trouble
      heal()
      await arrived
      await stirAll()
      await settle({ isSome: false })
      isCalm = true
      await actFor(CALM_MS / 2)
      await settle({ isSome: true })
      if (ingests.length > 1) await handOver()
    }
    const broken = refusals['chain-broken'] ?? 0
    if (broken > 0 && !faults.some((kind) => LOSSES.has(kind)))
      violations.push(violation('gap', `${broken} commits did not follow what was known, though no host had lost any`))
    await lookForPresences()
    if (violations.length === 0) {
      violations.push(...(await still.still(compareReplicas(replicas, { engine, people, folder, world }))))
    }
    return {
      seed,
      violations,
      history,
      faults: tally.counts,
      silentFaults: faults.filter((kind) => tally.counts[kind] === 0),
      refusals,
      deeds,
      healedMs,
      virtualMs: world.clock.elapsed(),
    }
  }

  return { run, nodes, strike }
}

function nameOf(at: number): string {
  return `replica ${at + 1}`
}

function revIn(replica: Replica, { did }: Pick<Person, 'did'>): string | undefined {
  if (!replica.isUp) return undefined
  const row = replica.parts.readModel.db
    .prepare<[string], { rev: string | null }>('select rev from person where did = ?')
    .get(did)
  return row?.rev ?? undefined
}
