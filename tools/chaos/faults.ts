import { execFile } from 'node:child_process'
import { closeSync, globSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Cluster, Machine, Node } from './cluster.ts'
import type { Link } from './link.ts'
import type { Fault, FaultKind } from './schedule.ts'

const run = promisify(execFile)
const WAYPOST = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const SLOW_MS = 150
const CURED_MS_MAX = 240_000

/** What was done to whom, and how it ends. */
export interface Inflicted {
  readonly what: string
  /** Ends it; resolves when whoever was ended runs again. */
  heal(): Promise<void>
  /** What came of it, where that is worth a word; once it has ended. */
  outcome?: () => string
  /** It is over in itself: nothing is waited for before it is ended. */
  readonly isOver?: true
}

type Inflict = (cluster: Cluster, fault: Fault) => Promise<Inflicted>

/** Of which kinds a machine needs a disk of its own. */
export const NEEDS_DISK: readonly FaultKind[] = ['power-one', 'power-two', 'power-all', 'disk-full']

export const INFLICT: Readonly<Record<FaultKind, Inflict>> = {
  async 'nats-kill'(cluster, fault) {
    const at = await natsOf(cluster, fault)
    await cluster.killNats(at)
    return { what: `nats ${at + 1}`, heal: () => cluster.startNats(at) }
  },
  async 'nats-pause'(cluster, fault) {
    const at = await natsOf(cluster, fault)
    cluster.nats.signal(at, 'SIGSTOP')
    return { what: `nats ${at + 1}`, heal: async () => cluster.nats.signal(at, 'SIGCONT') }
  },
  'ingest-kill': async (cluster, fault) => kill(await ingestOf(cluster, fault)),
  'ingest-pause': async (cluster, fault) => pause(await ingestOf(cluster, fault)),
  'replica-kill': async (cluster, fault) => kill(replicaOf(cluster, fault)),
  'replica-pause': async (cluster, fault) => pause(replicaOf(cluster, fault)),
  async 'cut-servers'(cluster, fault) {
    const one = await natsOf(cluster, fault)
    const other = one === fault.other ? fault.victim : fault.other
    return cut(`nats ${one + 1} and nats ${other + 1}`, cluster.routes(one, other))
  },
  async 'cut-one'(cluster, fault) {
    const one = await natsOf(cluster, fault)
    const others = [0, 1, 2].filter((at) => at !== one)
    const links = [
      ...others.flatMap((other) => cluster.routes(one, other)),
      ...cluster.nodes.map((node) => cluster.linksOf(node)[one]!),
    ]
    return cut(`nats ${one + 1} and everybody`, links)
  },
  async 'cut-process'(cluster, fault) {
    const active = fault.atLeader ? await cluster.active() : undefined
    const node = active ?? cluster.nodes[(3 * fault.victim + fault.other) % cluster.nodes.length]!
    const links = cluster.linksOf(node)
    // One that it does not speak with it would not miss.
    const at = Math.max(
      0,
      links.findIndex(({ connections }) => connections > 0),
    )
    return cut(`${node.name} and nats ${at + 1}`, [links[at]!])
  },
  async 'slow-network'(cluster) {
    const links = [cluster.routes(0, 1), cluster.routes(1, 2), cluster.routes(0, 2)].flat()
    for (const link of links) link.slow(SLOW_MS)
    return { what: 'all servers of NATS', heal: async () => links.forEach((link) => link.heal()) }
  },
  'power-one': async (cluster, fault) => powerCut(cluster, [cluster.machines[await natsOf(cluster, fault)]!]),
  'power-two': async (cluster, { victim, other }) =>
    powerCut(cluster, [cluster.machines[victim]!, cluster.machines[other]!]),
  'power-all': async (cluster) => powerCut(cluster, cluster.machines),
  async 'disk-full'(cluster, fault) {
    const machine = cluster.machines[await natsOf(cluster, fault)]!
    await machine.disk!.fill()
    return { what: nameOf([machine]), heal: () => machine.disk!.empty() }
  },
  async 'disk-lost'(cluster, fault) {
    const machine = cluster.machines[await natsOf(cluster, fault)]!
    await endAll(cluster, machine)
    for (const name of readdirSync(machine.folder)) {
      if (name !== 'lost+found') rmSync(join(machine.folder, name), { recursive: true })
    }
    return { what: nameOf([machine]), isOver: true, heal: () => startAll(cluster, machine) }
  },
  'flipped-bit': flipBit,
  async 'clock-jump'(cluster, fault) {
    const active = fault.atLeader ? await cluster.active() : undefined
    const node = active ?? replicaOf(cluster, fault)
    const { pid } = node
    process.kill(pid, 'SIGUSR2')
    return {
      what: node.name,
      heal: async () => {
        if (node.pid === pid) process.kill(pid, 'SIGUSR2')
      },
    }
  },
}

async function natsOf(cluster: Cluster, { atLeader, victim }: Fault): Promise<number> {
  return atLeader ? cluster.leader() : victim
}

async function ingestOf(cluster: Cluster, { atLeader, victim }: Fault): Promise<Node> {
  const ingests = cluster.nodes.filter(({ role }) => role === 'ingest')
  return (atLeader ? await cluster.active() : undefined) ?? ingests[victim % ingests.length]!
}

function replicaOf(cluster: Cluster, { victim }: Fault): Node {
  return cluster.nodes.filter(({ role }) => role === 'replica')[victim]!
}

async function kill(node: Node): Promise<Inflicted> {
  await node.kill()
  return { what: node.name, heal: async () => node.start() }
}

function pause(node: Node): Inflicted {
  const { pid } = node
  process.kill(pid, 'SIGSTOP')
  return {
    what: node.name,
    async heal() {
      if (node.pid === pid) process.kill(pid, 'SIGCONT')
    },
  }
}

function cut(what: string, links: readonly Link[]): Inflicted {
  for (const link of links) link.cut()
  return { what, heal: async () => links.forEach((link) => link.heal()) }
}

/** Everybody stands still, then there is no power: nobody does anything in between. It is back at once. */
async function powerCut(cluster: Cluster, machines: readonly Machine[]): Promise<Inflicted> {
  for (const machine of machines) stand(cluster, machine)
  await Promise.all(machines.map(({ disk }) => disk!.powerOff()))
  await Promise.all(machines.map((machine) => endAll(cluster, machine)))
  return {
    what: nameOf(machines),
    isOver: true,
    async heal() {
      await Promise.all(machines.map(({ disk }) => disk!.powerOn()))
      await Promise.all(machines.map((machine) => startAll(cluster, machine)))
    },
  }
}

function stand({ nats, nodes }: Cluster, { at }: Machine): void {
  nats.signal(at, 'SIGSTOP')
  for (const { machine, pid } of nodes) if (machine === at && pid > 0) process.kill(pid, 'SIGSTOP')
}

async function endAll({ killNats, nodes }: Cluster, { at }: Machine): Promise<void> {
  const own = nodes.filter(({ machine }) => machine === at)
  await Promise.all([killNats(at), ...own.map((node) => node.kill())])
}

async function startAll({ startNats, nodes }: Cluster, { at }: Machine): Promise<void> {
  await startNats(at)
  for (const node of nodes) if (node.machine === at) node.start()
}

function nameOf(machines: readonly Machine[]): string {
  return `machine ${machines.map(({ at }) => at + 1).join(', ')}`
}

/**
 * One bit in the middle of the oldest block that one server keeps of the log, while it is down. Then what
 * `docs/operate.md` says: `waypost audit`, and where it names a server, that copy is thrown away and filled anew.
 */
async function flipBit(cluster: Cluster, fault: Fault): Promise<Inflicted> {
  const leader = await cluster.leader()
  const at = fault.victim === leader ? fault.other : fault.victim
  const stream = globSync(join(cluster.nats.storeOf(at), 'jetstream/*/streams/waypost_log'))[0]!
  await cluster.killNats(at, 'SIGTERM')
  const blocks = globSync(join(stream, 'msgs/*.blk')).toSorted((a, b) => numberOf(a) - numberOf(b))
  flip(blocks[0]!)
  let outcome = ''
  return {
    what: `nats ${at + 1}`,
    isOver: true,
    outcome: () => outcome,
    async heal() {
      await cluster.startNats(at)
      await cluster.whole({ withinMs: CURED_MS_MAX })
      const found = await audit(cluster)
      if (found.isWhole) {
        outcome = `healed by itself (${blocks.length} blocks)`
        return
      }
      if (!found.said.includes(`n${at}: `)) throw new Error(`the audit names another one than n${at}: ${found.said}`)
      await cluster.killNats(at)
      rmSync(stream, { recursive: true })
      await cluster.startNats(at)
      await cluster.whole({ withinMs: CURED_MS_MAX })
      const then = await audit(cluster)
      if (!then.isWhole) throw new Error(`the copy is not whole again: ${then.said}`)
      outcome = `found and cured: ${found.said.trim()}`
    },
  }
}

async function audit({ nats }: Cluster): Promise<{ readonly isWhole: boolean; readonly said: string }> {
  try {
    const where = ['--engine', nats.servers.join(','), '--engine-monitors', nats.monitors.join(',')]
    const { stdout } = await run(process.execPath, [WAYPOST, 'audit', ...where])
    return { isWhole: true, said: stdout }
  } catch (fault) {
    const { stdout, code, stderr } = fault as { stdout: string; stderr: string; code: number }
    if (code !== 1 || stderr !== '') throw new Error(`the audit failed: ${stderr}`, { cause: fault })
    return { isWhole: false, said: stdout }
  }
}

function numberOf(block: string): number {
  return Number(/(\d+)\.blk$/.exec(block)![1])
}

function flip(file: string): void {
  const descriptor = openSync(file, 'r+')
  const byte = new Uint8Array(1)
  const at = Math.floor(statSync(file).size / 2)
  readSync(descriptor, byte, 0, 1, at)
  byte[0]! ^= 1
  writeSync(descriptor, byte, 0, 1, at)
  closeSync(descriptor)
}
