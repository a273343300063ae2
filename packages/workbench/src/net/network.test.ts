import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { between, NO_CUTS } from './cuts.ts'
import { createNetwork, type NetworkOptions } from './network.ts'

function given(options: Partial<NetworkOptions> = {}) {
  const world = simWorld({ seed: 7 })
  const latency = { meanMs: 100, distribution: 'constant' as const }
  const network = createNetwork(world, world.random, { latency, loss: 0, duplication: 0, ...options })
  const heard: string[] = []
  for (const id of ['n0', 'n1', 'c0']) {
    network.attach(id, ({ src, body }) => heard.push(`${network.nowMs()} ${src}>${id} ${body.type}`))
  }
  const say = (src: string, dest: string, type: string): void => network.send({ src, dest, body: { type } })
  return { world, network, heard, say }
}

test('a message takes its time between nodes, and none to or from a client', async () => {
  const { world, heard, say } = given()
  say('c0', 'n0', 'ask')
  say('n0', 'n1', 'gossip')
  say('n0', 'c0', 'answer')
  await world.advance(100)
  assert.deepEqual(heard, ['0 c0>n0 ask', '0 n0>c0 answer', '100 n0>n1 gossip'])
})

test('a message that the queue has taken is not overtaken by a later one that is due earlier', async () => {
  const { world, heard, say } = given()
  say('n0', 'n1', 'slow')
  await world.advance(50)
  say('c0', 'n1', 'quick')
  await world.advance(50)
  assert.deepEqual(heard, ['100 n0>n1 slow', '100 c0>n1 quick'])
})

test('a cut drops what is taken while it lasts, also what was sent before it, and delays nothing', async () => {
  const { world, network, heard, say } = given()
  say('n0', 'n1', 'taken before')
  say('n0', 'n1', 'in flight')
  network.setCuts(between(['n0'], ['n0', 'n1']))
  say('c0', 'n1', 'from a client')
  await world.advance(150)
  network.setCuts(NO_CUTS)
  say('n0', 'n1', 'after')
  await world.advance(100)
  assert.deepEqual(heard, ['100 n0>n1 taken before', '100 c0>n1 from a client', '250 n0>n1 after'])
  assert.equal(network.journal.losses.cut, 1)
})

test('messages are counted when they are sent, and apart where a client is at one end', async () => {
  const { world, network, say } = given({ loss: 1 })
  say('c0', 'n0', 'ask')
  say('n0', 'n1', 'lost')
  say('n0', 'n9', 'to nobody')
  await world.advance(100)
  const { all, clients, servers, losses } = network.journal
  assert.deepEqual(
    { all, clients, servers },
    {
      all: { sent: 3, received: 1 },
      clients: { sent: 1, received: 1 },
      servers: { sent: 2, received: 0 },
    },
  )
  assert.deepEqual(losses, { cut: 0, lost: 1, down: 0, nobody: 1 })
})

test('a duplicated message arrives twice and has one number', async () => {
  const { world, network, heard, say } = given({ duplication: 1 })
  say('n0', 'n1', 'twice')
  await world.advance(100)
  assert.deepEqual(heard, ['100 n0>n1 twice', '100 n0>n1 twice'])
  assert.deepEqual(network.journal.servers, { sent: 1, received: 2 })
  assert.equal(network.journal.duplicated, 1)
})

test('who is detached hears nothing', async () => {
  const { world, network, say } = given()
  const heard: string[] = []
  const attached = network.attach('n2', ({ body }) => heard.push(body.type))
  say('c0', 'n2', 'up')
  attached[Symbol.dispose]()
  say('c0', 'n2', 'down')
  await world.advance(0)
  assert.deepEqual(heard, ['up'])
  assert.equal(network.journal.losses.down, 1)
})
