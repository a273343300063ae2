import type { Random, World } from '@waypost/kernel'
import type { Network } from '../net/network.ts'
import type { Disk, Message, Program } from '../node/program.ts'
import { startNode } from '../node/runtime.ts'
import {
  nothingFelt,
  RIGHT_CLOCK,
  type ClockSkew,
  type Cluster,
  type MisdeedKind,
  type Touched,
} from '../run/cluster.ts'
import { diceFor, roll } from '../time/dice.ts'
import { worldOver, type VirtualTime } from './virtual-time.ts'

/** How long a write to disk takes, at least and at most. */
const DISK_MS = { least: 0.2, most: 2 } as const

export interface ProgramClusterOptions {
  readonly time: VirtualTime
  readonly program: Program
  readonly args: readonly string[]
  readonly network: Network
  readonly seed: number
  readonly misdeed: (kind: MisdeedKind, node: string, words: string) => void
}

/** One life of a node, from its start to its crash. What belongs to an earlier life no longer happens. */
interface Life {
  isOver: boolean
  isPaused: boolean
  readonly held: (() => void)[]
  readonly attached: Disposable
}

interface Machine {
  /** What is on its disk, as JSON. */
  readonly disk: Map<string, string>
  /** Writes under way, in order. */
  readonly writing: Set<{ readonly key: string; readonly text: string }>
  readonly random: Random
  life: Life | undefined
  readonly touched: Touched
  skew: ClockSkew
  /** What its clock for durations showed when its rate last changed, and when that was. */
  pace: { readonly shownMs: number; readonly atMs: number }
  failingWrites: number
}

/**
 * Nodes as programs in virtual time, each on a machine of its own whose clock, disk and power can fail. One function holds the machines;
 * what a life of a node is made of stands below it.
 */
export function programCluster(options: ProgramClusterOptions): Cluster {
  const { time, program, args, network, seed, misdeed } = options
  const machines = new Map<string, Machine>()
  const felt = nothingFelt()

  function machineOf(nodeId: string): Machine {
    const machine = machines.get(nodeId) ?? {
      disk: new Map(),
      writing: new Set(),
      random: diceFor(seed, `machine ${nodeId}`),
      life: undefined,
      touched: { lives: 0, times: 0 },
      skew: RIGHT_CLOCK,
      pace: { shownMs: 0, atMs: 0 },
      failingWrites: 0,
    }
    machines.set(nodeId, machine)
    return machine
  }

  function start(nodeId: string): void {
    const machine = machineOf(nodeId)
    const life: Life = {
      isOver: false,
      isPaused: false,
      held: [],
      attached: network.attach(nodeId, (delivery) => happens(() => node.receive(delivery))),
    }
    machine.life = life
    machine.touched.lives++

    /** Does something in this life: at once, when a pause ends, or never. */
    function happens(run: () => void): void {
      if (life.isOver) return
      if (!life.isPaused) return run()
      felt.held++
      life.held.push(run)
    }

    const around = { time, machine, happens, felt }
    const node = startNode(program, {
      world: worldOf(around, diceFor(seed, `${nodeId} ${machine.touched.lives}`)),
      args,
      disk: diskOf(around),
      send(message) {
        if (life.isOver) return
        if (!network.knows(message.dest)) {
          misdeed('unknown-destination', nodeId, `it sent to ${JSON.stringify(message.dest)}, which nobody is`)
        }
        network.send(copyOf(message))
      },
      log: () => undefined,
      fail(fault) {
        if (life.isOver) return
        end(machine)
        if (isDiskFault(fault)) return cluster.onDiskDeath?.(nodeId)
        misdeed('died', nodeId, `it failed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`)
      },
    })
  }

  function end(machine: Machine): void {
    const { life } = machine
    if (!life || life.isOver) return
    life.isOver = true
    machine.touched.times++
    life.attached[Symbol.dispose]()
    // Of the writes under way some may have ended, in their order.
    const ended = roll(machine.random, machine.writing.size + 1)
    for (const { key, text } of [...machine.writing].slice(0, ended)) machine.disk.set(key, text)
    machine.writing.clear()
  }

  const cluster: Cluster = {
    felt,
    start(nodeId) {
      // Two faults may have brought it down, and both bring it up again.
      if (machineOf(nodeId).life?.isOver === false) return false
      start(nodeId)
      return true
    },
    crash(nodeId) {
      const machine = machineOf(nodeId)
      const wasRunning = machine.life?.isOver === false
      end(machine)
      return wasRunning
    },
    touched: (nodeId) => machineOf(nodeId).touched,
    pause(nodeId) {
      const { life, touched } = machineOf(nodeId)
      touched.times++
      if (life) life.isPaused = true
    },
    resume(nodeId) {
      const { life, touched } = machineOf(nodeId)
      touched.times++
      if (!life) return
      life.isPaused = false
      for (const run of life.held.splice(0)) if (!life.isOver) run()
    },
    skewClock(nodeId, skew) {
      const machine = machineOf(nodeId)
      const atMs = time.world.clock.elapsed()
      machine.pace = { shownMs: shownMs(machine, atMs), atMs }
      machine.skew = skew
    },
    failDisk: (nodeId, share) => void (machineOf(nodeId).failingWrites = share),
    async [Symbol.asyncDispose]() {
      for (const machine of machines.values()) end(machine)
    },
  }
  return cluster
}

interface Around {
  readonly time: VirtualTime
  readonly machine: Machine
  readonly happens: (run: () => void) => void
  readonly felt: { failedWrites: number; wrongReadings: number }
}

/** What the machine's clock for durations shows. */
function shownMs({ pace, skew }: Machine, atMs: number): number {
  return pace.shownMs + (atMs - pace.atMs) * skew.rate
}

function worldOf({ time, machine, happens, felt }: Around, random: Random): World {
  const { clock } = time.world
  const startMs = clock.now() - clock.elapsed()
  function noteWrong(): void {
    if (machine.skew !== RIGHT_CLOCK) felt.wrongReadings++
  }
  function nowMs(): number {
    noteWrong()
    return shownMs(machine, clock.elapsed())
  }
  function after(delayMs: number, run: () => void): () => void {
    noteWrong()
    return time.after(delayMs / machine.skew.rate, () => happens(run))
  }
  const own = worldOver({ nowMs, startMs, after })
  return { ...own, clock: { now: () => own.clock.now() + machine.skew.byMs, elapsed: nowMs }, random }
}

/** A disk that has a value when `put` resolves. If the node crashes before, it may have it or not. */
function diskOf({ time, machine, happens, felt }: Around): Disk {
  const cache = new Map([...machine.disk].map(([key, value]) => [key, JSON.parse(value) as unknown]))
  let busyUntilMs = 0
  return {
    get: (key) => cache.get(key),
    put(key, value) {
      const text = JSON.stringify(value)
      const { random, failingWrites } = machine
      if (random.fraction() < failingWrites) {
        felt.failedWrites++
        return Promise.reject(new DiskFault(`the disk could not write ${key}`))
      }
      cache.set(key, JSON.parse(text) as unknown)
      const nowMs = time.world.clock.elapsed()
      const takesMs = DISK_MS.least + random.fraction() * (DISK_MS.most - DISK_MS.least)
      // Writes end in their order.
      busyUntilMs = Math.max(busyUntilMs, nowMs + takesMs)
      const write = { key, text }
      machine.writing.add(write)
      return new Promise((resolve) => {
        time.after(busyUntilMs - nowMs, () => {
          if (!machine.writing.delete(write)) return
          machine.disk.set(key, text)
          happens(resolve)
        })
      })
    },
  }
}

/** A write that the nemesis made fail. */
class DiskFault extends Error {
  override name = 'DiskFault'
}

function isDiskFault(fault: unknown): boolean {
  return fault instanceof DiskFault || (fault instanceof Error && fault.cause instanceof DiskFault)
}

/** What crosses the network shares nothing with its sender. */
function copyOf(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message
}
