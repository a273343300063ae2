import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flameOf, stageShares } from './stages.ts'
import type { CpuProfile } from './profile.ts'

const SERVER = 'file:///somewhere/packages/server/src'

/** Each sample is a stack of `function url`, from the outside in, that ran for a millisecond. */
function profileOf(stacks: readonly (readonly string[])[]): CpuProfile {
  const nodes: { id: number; callFrame: CpuProfile['nodes'][number]['callFrame']; children: number[] }[] = []
  const add = (text: string): number => {
    const [, functionName = text, url = ''] = /^(\S+) (\S+)$/.exec(text.startsWith('(') ? '' : text) ?? []
    nodes.push({ id: nodes.length + 1, callFrame: { functionName, url, lineNumber: 0 }, children: [] })
    return nodes.length
  }
  const root = add('(root)')
  const samples = stacks.map((stack) => {
    return stack.reduce((parent, text) => {
      const child = add(text)
      nodes[parent - 1]!.children.push(child)
      return child
    }, root)
  })
  return { nodes, samples, timeDeltas: [0, ...samples.map(() => 1_000)] }
}

const profile = profileOf([
  ['onSocket node:net', `handle ${SERVER}/serve/http.ts`, `getGlobal ${SERVER}/query/feed.ts`, 'all node:sqlite'],
  ['onSocket node:net', `handle ${SERVER}/serve/http.ts`, 'parse file:///somewhere/node_modules/fastify/x.js'],
  ['onSocket node:net', `handle ${SERVER}/serve/http.ts`],
  ['onSocket node:net', 'read node:net'],
  ['(garbage collector)'],
  ['every file:///somewhere/packages/engine/src/embedded/log.ts', 'run node:sqlite'],
  ['main file:///somewhere/packages/server/src/server.ts'],
  ['(idle)'],
  ['(idle)'],
  ['(idle)'],
])

test('a sample belongs to the innermost stage on its stack, with the libraries that it calls', () => {
  const shares = stageShares([{ thread: 'main', profile }])
  const found = Object.fromEntries(shares.map(({ place, share }) => [place, Math.round(share * 7)]))
  const none = { wire: 0, verify: 0, log: 0, project: 0, view: 0 }
  assert.deepEqual(found, { ...none, query: 1, serve: 2, engine: 1, node: 1, garbage: 1, other: 1 })
  assert.equal(shares[0]!.place, 'serve')
  // Ten milliseconds went by.
  assert.ok(Math.abs(shares[0]!.cores - 0.2) < 1e-9)
})

test('time of several threads adds up', () => {
  const worker = profileOf(Array.from({ length: 10 }, () => [`check ${SERVER}/verify/commit.ts`]))
  const shares = stageShares([
    { thread: 'main', profile },
    { thread: 'check-worker', profile: worker },
  ])
  assert.deepEqual([shares[0]!.place, shares[0]!.cores], ['verify', 1])
  assert.ok(Math.abs(shares[0]!.share - 10 / 17) < 1e-9)
})

test('a flame graph holds every sample but idle ones, and no path of a machine', () => {
  const flame = flameOf([{ thread: 'main', profile }])
  assert.equal(flame.micros, 7_000)
  const main = flame.above.get('main')!
  const socket = main.above.get('onSocket node:net')!
  assert.equal(socket.micros, 4_000)
  const handle = socket.above.get('handle server/src/serve/http.ts')!
  assert.deepEqual([handle.micros, handle.place], [3_000, 'serve'])
  assert.deepEqual([...handle.above.keys()], ['getGlobal server/src/query/feed.ts', 'parse fastify/x.js'])
  assert.doesNotMatch(
    JSON.stringify(flame, (_, value) => (value instanceof Map ? [...value] : value)),
    /somewhere/,
  )
})
