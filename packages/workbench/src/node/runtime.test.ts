import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { memoryDisk } from './disk.ts'
import type { Body, Message, NodeContext, Program } from './program.ts'
import { startNode } from './runtime.ts'

function given(program: Program) {
  const world = simWorld()
  const sent: Message[] = []
  const faults: unknown[] = []
  const node = startNode(program, {
    world,
    args: [],
    disk: memoryDisk(),
    send: (message) => void sent.push(message),
    log: () => undefined,
    fail: (fault) => void faults.push(fault),
  })
  const hear = (src: string, body: Body): void => node.receive({ src, dest: 'n0', body })
  const init = (): void => hear('c0', { type: 'init', msg_id: 1, node_id: 'n0', node_ids: ['n0', 'n1'] })
  return { world, sent, faults, hear, init }
}

const silent: Program = () => ({})

test('a node answers init, and says of a type without handler that it is not supported', () => {
  const { sent, hear, init } = given(silent)
  init()
  hear('c1', { type: 'dance', msg_id: 7 })
  assert.deepEqual(
    sent.map(({ dest, body: { type, in_reply_to, code } }) => ({ dest, type, in_reply_to, code })),
    [
      { dest: 'c0', type: 'init_ok', in_reply_to: 1, code: undefined },
      { dest: 'c1', type: 'error', in_reply_to: 7, code: 10 },
    ],
  )
})

test('a message that comes before init waits for it', () => {
  const { sent, hear, init } = given(() => ({ ping: () => ({ type: 'pong' }) }))
  hear('n1', { type: 'ping', msg_id: 4 })
  assert.equal(sent.length, 0)
  init()
  assert.deepEqual(
    sent.map(({ body }) => body.type),
    ['init_ok', 'pong'],
  )
})

test('a call gets the answer to it, an error as a fault, and gives up after its time', async () => {
  let context!: NodeContext
  const { world, sent, hear, init } = given((its) => {
    context = its
    return {}
  })
  init()
  const answered = context.call('n1', { type: 'ask' }, 500)
  const failed = context.call('n1', { type: 'ask' }, 500)
  const unheard = context.call('n1', { type: 'ask' }, 500)
  assert.deepEqual(
    sent.slice(1).map(({ body }) => body.msg_id),
    [1, 2, 3],
  )
  hear('n1', { type: 'error', in_reply_to: 2, code: 20, text: 'no such key' })
  hear('n1', { type: 'told', in_reply_to: 1, value: 5 })
  await world.advance(500)
  hear('n1', { type: 'told', in_reply_to: 3 })
  assert.deepEqual(await answered, { ok: true, value: { type: 'told', in_reply_to: 1, value: 5 } })
  assert.deepEqual(await failed, { ok: false, error: { code: 20, text: 'no such key' } })
  assert.deepEqual(await unheard, { ok: false, error: { code: 0, text: 'no answer from n1 within 500 ms' } })
})

test('a handler that throws, now or later, fails the node', async () => {
  const { world, faults, hear, init } = given(() => ({
    now: () => assert.fail('now'),
    later: async () => assert.fail('later'),
  }))
  init()
  hear('c1', { type: 'now' })
  hear('c1', { type: 'later' })
  await world.advance(0)
  assert.deepEqual(
    faults.map((fault) => (fault as Error).message),
    ['now', 'later'],
  )
})
