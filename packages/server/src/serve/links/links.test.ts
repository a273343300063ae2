import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { frameBytes, FRAME_BYTES_MAX } from './frames.ts'
import { SECRET, startEnd, startWay, until, type End } from './given-links.ts'
import { secretTls } from './secret-tls.ts'

const HELLO = {
  kind: 'hello',
  version: 1,
  cluster: 'did:web:test',
  id: 'stranger',
  life: 'x',
  port: 0,
  maps: ['words'],
}

const peer = ({ links }: End): string => `127.0.0.1:${links.port}`
const has = (end: End, key: string): boolean => end.map().has(key)

/** Somebody who knows the secret, and says what they like. */
async function dial(end: End, secret = SECRET): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: end.links.port, ...secretTls(secret).dial })
  socket.on('error', () => {
    // What becomes of it is looked at on the other side.
  })
  socket.resume()
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
  return socket
}

function dialPlain(end: End): Socket {
  const socket = connect(end.links.port, '127.0.0.1')
  socket.on('error', () => {
    // As above.
  })
  return socket.resume()
}

test('whoever knows one of them is linked to all, hears all, and nobody on the way can read it', async () => {
  await using one = await startEnd('a')
  await using way = await startWay(one.links.port)
  await using two = await startEnd('b', { peers: [`127.0.0.1:${way.port}`] })
  await using three = await startEnd('c', { peers: [peer(one)] })
  await until('all are linked', () => [one, two, three].every(({ links }) => links.linked().length === 2))
  two.write('somebody', 'somewhere')
  await until('all know it', () => [one, two, three].every((each) => has(each, 'somebody')))
  for (const id of ['a', 'b', 'c']) assert.equal(three.links.health(id), 'alive')
  assert.ok(way.sent().length > 0)
  for (const word of ['somebody', 'somewhere', 'hello']) assert.ok(!way.sent().includes(word), word)
  assert.deepEqual([one.refused, two.refused, three.refused], [[], [], []])
})

test('one that starts with nothing is told all, a whole house full', async () => {
  await using one = await startEnd('a')
  for (let at = 0; at < 1_000; at++) one.write(`person ${at}`, 'x'.repeat(200))
  await using two = await startEnd('b', { peers: [peer(one)] })
  await until('it knows all', () => two.map().size === 1_000)
  assert.deepEqual([one.refused, two.refused], [[], []])
})

test('whoever has another secret, or none, is refused for it, and nothing of theirs is heard', async () => {
  await using one = await startEnd('a')
  await using two = await startEnd('b', { peers: [peer(one)], secret: SECRET.toUpperCase() })
  two.write('somebody', 'somewhere')
  await until('both say so', () => one.refused.includes('wrong-secret') && two.refused.includes('wrong-secret'))
  dialPlain(one).write('GET / HTTP/1.1\r\n\r\n')
  dialPlain(one).write(Buffer.alloc(4_096, 0xff))
  connectTls({ host: '127.0.0.1', port: one.links.port, rejectUnauthorized: false }).on('error', () => {
    // A certificate is no secret.
  })
  await until('each is refused', () => one.refused.filter((reason) => reason === 'no-tls').length === 3)
  assert.deepEqual([one.map().size, one.links.linked()], [0, []])
})

test('whoever knows the secret and says what is no frame, or of another cluster, is refused for that', async () => {
  await using one = await startEnd('a')
  const tooLong = Buffer.alloc(4)
  tooLong.writeUInt32BE(FRAME_BYTES_MAX + 1)
  const notJson = Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('abc')])
  const entries = [['ana', 1, 'b', 2, 'x']]
  const spread = (map: string, message: object): object => ({ kind: 'spread', map, message })
  const cases: [string, ...(Buffer | object)[]][] = [
    ['oversize', tooLong],
    ['not-json', notJson],
    ['not-a-frame', { kind: 'shout' }],
    ['bad-hello', { ...HELLO, id: '' }],
    ['other-version', { ...HELLO, version: 2 }],
    ['other-cluster', { ...HELLO, cluster: 'did:web:other' }],
    ['same-node-id', { ...HELLO, id: 'a' }],
    ['no-hello', spread('words', { kind: 'entries', entries })],
    ['unknown-map', HELLO, spread('sentences', { kind: 'entries', entries })],
    ['bad-entries', HELLO, spread('words', { kind: 'entries', entries: [['ana', 'now']] })],
    ['bad-digest', HELLO, spread('words', { kind: 'digest', since: 0, rows: [[1]] })],
    ['bad-minutes', HELLO, spread('words', { kind: 'want', minutes: ['1'] })],
    ['bad-peers', HELLO, { kind: 'peers', addresses: ['nowhere'] }],
    ['bad-rumours', HELLO, { kind: 'membership', message: { kind: 'ping', number: 1, incarnation: 0 } }],
  ]
  for (const [reason, ...said] of cases) {
    const socket = await dial(one)
    for (const each of said) socket.write(Buffer.isBuffer(each) ? each : frameBytes(each))
    await until(reason, () => one.refused.includes(reason))
    await until('it is closed', () => socket.closed)
  }
  assert.equal(one.refused.length, cases.length)
  assert.equal(one.map().size, 0)
})

test('what was recorded is worth nothing: neither a whole conversation nor a part of one is heard again', async () => {
  await using one = await startEnd('a')
  await using way = await startWay(one.links.port)
  {
    await using two = await startEnd('b', { peers: [`127.0.0.1:${way.port}`], isTold: false })
    two.write('somebody', 'somewhere')
    await until('it is heard', () => has(one, 'somebody'))
    way.repeatLast()
    // The link breaks at the record that came twice, and another one is there at once.
    await until('it is linked again', () => one.links.linked().length === 0 || two.links.linked().length === 0)
    two.write('another', 'elsewhere')
    await until('they go on', () => has(one, 'another'))
  }
  await until('they are gone', () => one.links.linked().length === 0)
  const refusals = one.refused.length
  dialPlain(one).write(way.sent())
  await until('it is refused', () => one.refused.length > refusals)
  assert.equal(one.refused.at(-1), 'wrong-secret')
  assert.deepEqual(one.links.linked(), [])
})

test('strangers that say nothing take no place of those who are linked', async () => {
  await using one = await startEnd('a')
  await using two = await startEnd('b', { peers: [peer(one)] })
  await until('they are linked', () => one.links.linked().length === 1)
  const silent = Array.from({ length: 40 }, () => dialPlain(one))
  await until('there are too many', () => one.refused.includes('too-many'))
  two.write('somebody', 'somewhere')
  await until('it is heard all the same', () => has(one, 'somebody'))
  for (const socket of silent) socket.destroy()
})

test('where a way is cut without a word, both go on, and know all once it is open again', async (t) => {
  await using one = await startEnd('a', { isTold: false })
  await using way = await startWay(one.links.port)
  await using two = await startEnd('b', { peers: [`127.0.0.1:${way.port}`], isTold: false })
  await until('they are linked', () => one.links.linked().length === 1 && two.links.linked().length === 1)
  await way.cut()
  one.write('here', 'x')
  two.write('there', 'y')
  await until('both notice', () => one.links.linked().length === 0 && two.links.linked().length === 0)
  assert.deepEqual([has(one, 'there'), has(two, 'here')], [false, false])
  const healed = performance.now()
  await way.heal()
  const areRight = (): boolean =>
    has(one, 'there') && has(two, 'here') && one.links.health('b') === 'alive' && two.links.health('a') === 'alive'
  await until('both know all', areRight)
  // The bound of 2 s is asserted in virtual time; here the machine may be slow.
  t.diagnostic(`right again ${Math.round(performance.now() - healed)} ms after the healing`)
  assert.ok(one.refused.includes('silent'))
})
