import { WAY } from '../way.ts'
import type { CpuProfile, ProfileNode, ThreadProfile } from './profile.ts'

/** Where a sample belongs: a stage of the way, or what no stage asked for. */
export type Place = (typeof PLACES)[number]
export const PLACES = [...WAY, 'engine', 'node', 'garbage', 'other'] as const

/** What each of them is, for a reader of the table. */
export const PLACE_MEANS: Readonly<Record<Place, string>> = {
  wire: 'frames off the sockets of hosts',
  verify: 'hashes, signatures, trees, lexicons',
  log: 'making events durable',
  project: 'folding events into tables',
  query: 'questions to ids and rows',
  view: 'rows to JSON',
  serve: 'HTTP, live streams, sessions',
  engine: 'the engine by itself, asked by no stage',
  node: 'Node and Fastify by themselves: sockets, HTTP, packing answers',
  garbage: 'collecting garbage',
  other: 'our code outside the stages',
}

export interface StageShare {
  readonly place: Place
  /** Of all CPU time that was seen. */
  readonly share: number
  /** Cores busy with it. */
  readonly cores: number
}

/**
 * How much of the CPU each stage takes, with the libraries that it calls: a sample belongs to the innermost frame on its
 * stack that is in a stage's folder. By share, the largest first.
 */
export function stageShares(threads: readonly ThreadProfile[]): readonly StageShare[] {
  const micros = new Map<Place, number>(PLACES.map((place) => [place, 0]))
  let longestMicros = 0
  for (const { profile } of threads) {
    let all = 0
    for (const { stack, micros: took } of samplesOf(profile)) {
      all += took
      const place = placeOf(stack)
      if (place !== undefined) micros.set(place, micros.get(place)! + took)
    }
    longestMicros = Math.max(longestMicros, all)
  }
  const busy = [...micros.values()].reduce((sum, each) => sum + each, 0)
  return [...micros]
    .map(([place, took]) => ({ place, share: took / Math.max(1, busy), cores: took / Math.max(1, longestMicros) }))
    .toSorted((a, b) => b.share - a.share)
}

/** Undefined: nothing was running. */
function placeOf(stack: readonly ProfileNode[]): Place | undefined {
  const { functionName } = stack.at(-1)!.callFrame
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage'
  let isOurs = false
  for (const { callFrame } of stack.toReversed()) {
    const stage = /packages\/server\/src\/(\w+)\//.exec(callFrame.url)?.[1]
    const place = WAY.find((each) => each === stage)
    if (place) return place
    isOurs ||= /packages\/(?!.*node_modules)/.test(callFrame.url)
  }
  if (stack.some(({ callFrame }) => /packages\/engine\//.test(callFrame.url))) return 'engine'
  return isOurs ? 'other' : 'node'
}

/** A frame of all threads together, with what was seen above it. */
export interface Flame {
  readonly name: string
  readonly place: Place | undefined
  micros: number
  readonly above: Map<string, Flame>
}

/** The stacks of all samples put over each other, idle time left out; the threads are the first row. */
export function flameOf(threads: readonly ThreadProfile[]): Flame {
  const root: Flame = { name: 'all', place: undefined, micros: 0, above: new Map() }
  for (const { thread, profile } of threads) {
    for (const { stack, micros } of samplesOf(profile)) {
      if (placeOf(stack) === undefined) continue
      let at = root
      at.micros += micros
      const names = [thread, ...stack.slice(1).map(nameOf)]
      for (const [depth, name] of names.entries()) {
        let next = at.above.get(name)
        if (!next) {
          const place = depth === 0 ? undefined : placeOf(stack.slice(0, depth + 1))
          next = { name, place, micros: 0, above: new Map() }
          at.above.set(name, next)
        }
        next.micros += micros
        at = next
      }
    }
  }
  return root
}

/** A function by its name and file, without where on this machine that is. */
function nameOf({ callFrame: { functionName, url } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  const file = url.includes('node_modules/')
    ? url.slice(url.lastIndexOf('node_modules/') + 'node_modules/'.length)
    : url.replace(/^.*\/packages\//, '')
  return file === '' ? name : `${name} ${file.startsWith('file:') ? file.split('/').at(-1) : file}`
}

function* samplesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const stacks = new Map<number, readonly ProfileNode[]>()
  const stackOf = (id: number): readonly ProfileNode[] => {
    const known = stacks.get(id)
    if (known) return known
    const parent = parents.get(id)
    const stack = [...(parent ? stackOf(parent.id) : []), byId.get(id)!]
    stacks.set(id, stack)
    return stack
  }
  for (const [at, id] of samples.entries()) {
    // A delta is the time before its sample: what ran then runs until the next.
    yield { stack: stackOf(id), micros: Math.max(0, timeDeltas[at + 1] ?? 0) }
  }
}
