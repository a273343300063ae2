import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryEngine, type Engine, type Log } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { createDepartures } from '#log/departures.ts'
import { endedEntry, LEDGER_KEY, putEntry, type PrivateKind } from '#log/private-event.ts'
import { openLedger } from '#log/private-ledger.ts'
import { didOf } from '#project/given.ts'
import { openPrivateState } from '#project/private-state.ts'
import { givenPrivate } from './given-private.ts'

const HOUR_MS = 3_600_000
const ana = didOf('ana')
const ben = didOf('ben')
const KINDS: readonly PrivateKind[] = ['denial', 'grant', 'push', 'report', 'seen']

/** What is superseded is erased beside everything else: a few turns of the event loop later. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** All but what says which ledger the log is of. */
async function entriesOf(log: Log) {
  return (await log.read(0, { limit: 100_000 })).filter(({ key }) => key !== LEDGER_KEY)
}

/** Another engine with the entries of this log as they are now, and the ledger as it is at any time. */
async function restored(engine: Engine): Promise<() => Promise<Engine>> {
  const backup = await engine.privateLog.read(0, { limit: 100_000 })
  return async () => {
    const older = openMemoryEngine({ world: simWorld() })
    for (const { position: _, ...entry } of backup) await older.privateLog.append([entry])
    return { ...older, ledger: engine.ledger }
  }
}

test('what was put last is there, for that person alone, also after a restart, until it is deleted', async () => {
  const world = simWorld()
  const first = await givenPrivate(world)
  await first.kept.change(ana, async (own) => {
    await own.put('seen', '', '1')
    await own.put('seen', '', '2')
    await own.put('report', 'a', 'one', { expiresAt: world.clock.now() + HOUR_MS })
  })
  assert.equal(first.kept.get(ana, 'seen', '')?.value, '2')
  assert.equal(first.kept.get(ben, 'seen', ''), undefined)
  await first[Symbol.asyncDispose]()
  await using second = await givenPrivate(world, first.engine)
  assert.equal(second.kept.get(ana, 'seen', '')?.value, '2')
  assert.deepEqual(
    second.kept.of(ana, 'report').map(({ id, value }) => [id, value]),
    [['a', 'one']],
  )
  await second.kept.change(ana, (own) => own.delete('seen', ''))
  assert.equal(second.kept.get(ana, 'seen', ''), undefined)
  await world.advance(HOUR_MS)
  assert.deepEqual(second.kept.of(ana, 'report'), [])
})

test('what is written a thousand times is in the log once, and what is past its time is not in it', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  for (let ms = 1; ms <= 1_000; ms++) await own.kept.change(ana, (mine) => mine.put('seen', '', String(ms)))
  await own.kept.change(ana, (mine) => mine.put('push', 'a', 'x', { expiresAt: world.clock.now() + HOUR_MS }))
  await settle()
  assert.equal((await entriesOf(own.engine.privateLog)).length, 2)
  await world.advance(2 * HOUR_MS)
  await settle()
  assert.equal((await entriesOf(own.engine.privateLog)).length, 1)
})

test('whatever happens, two replicas hold what a map would, and the log each thing once', async () => {
  const step = fc.record({
    at: fc.constantFrom(0, 1),
    who: fc.constantFrom('ana', 'ben', 'cid'),
    kind: fc.constantFrom(...KINDS),
    id: fc.constantFrom('', 'a', 'b'),
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constant('put' as const) },
      { weight: 3, arbitrary: fc.constant('delete' as const) },
      { weight: 1, arbitrary: fc.constant('end' as const) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = simWorld()
      const engine = openMemoryEngine({ world })
      const replicas = [await givenPrivate(world, engine), await givenPrivate(world, engine)]
      const naive = new Map<string, string>()
      for (const [nth, { at, who, kind, id, what }] of steps.entries()) {
        const { kept, state } = replicas[at]!
        const did = didOf(who)
        const name = JSON.stringify([did, kind, id])
        if (what === 'put') {
          await kept.change(did, (own) => own.put(kind, id, `${nth}`))
          naive.set(name, `${nth}`)
          assert.equal(kept.get(did, kind, id)?.value, `${nth}`, 'whoever writes reads it')
        } else if (what === 'delete') {
          await kept.change(did, (own) => own.delete(kind, id))
          naive.delete(name)
        } else if (what === 'end') {
          await createDepartures(state.ledger, state.append).ended(did)
          for (const key of naive.keys()) if ((JSON.parse(key) as [Did])[0] === did) naive.delete(key)
        } else {
          await replicas[at]![Symbol.asyncDispose]()
          replicas[at] = await givenPrivate(world, engine)
        }
      }
      const expected = Object.fromEntries(naive)
      for (const { kept } of replicas) {
        await kept.catchUp()
        const held = KINDS.flatMap((kind) => kept.all(kind)).map(({ did, item: { kind, id, value } }) => [
          JSON.stringify([did, kind, id]),
          value,
        ])
        assert.deepEqual([Object.fromEntries(held), held.length], [expected, naive.size])
      }
      const digest = replicas[0]!.state.digest()
      assert.equal(replicas[1]!.state.digest(), digest)
      await settle()
      const puts = (await entriesOf(engine.privateLog)).filter(({ body }) => body[0] === 1)
      assert.equal(puts.length, naive.size, 'nothing is in the log twice, nor of anybody who is gone')
      for (const replica of replicas) await replica[Symbol.asyncDispose]()
      await using anew = await givenPrivate(world, engine)
      assert.equal(anew.state.digest(), digest)
    }),
    { numRuns: 60 },
  )
})

test('replicas that write for one person at once do it one after the other, with one key', async () => {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  await using one = await givenPrivate(world, engine)
  await using other = await givenPrivate(world, engine)
  const raise = ({ kept }: typeof one) =>
    kept.change(ana, async (own) => {
      const before = Number(kept.get(ana, 'seen', '')?.value ?? 0)
      await settle()
      await own.put('seen', '', String(before + 1))
    })
  const raising = Promise.all([one, other, one, other, one, other].map(raise))
  for (let round = 0; round < 60; round++) {
    await settle()
    await world.advance(50)
  }
  await raising
  assert.equal(other.kept.get(ana, 'seen', '')?.value, '6')
  assert.equal((await engine.ledger.list('key/')).length, 1)
})

test('whoever changes something sees first what others wrote, however far behind their own replica is', async () => {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  await using writer = await givenPrivate(world, engine)
  const { privateLog } = engine
  let opened = Promise.resolve()
  const slow: Log = { ...privateLog, read: async (...asked) => opened.then(() => privateLog.read(...asked)) }
  await using behind = await givenPrivate(world, { ...engine, privateLog: slow })
  const gate = Promise.withResolvers<void>()
  opened = gate.promise
  await writer.kept.change(ana, (own) => own.put('seen', '', '7'))
  const changing = behind.kept.change(ana, async () => behind.kept.get(ana, 'seen', '')?.value)
  await settle()
  assert.equal(behind.kept.get(ana, 'seen', ''), undefined)
  gate.resolve()
  assert.equal(await changing, '7')
})

test('an entry that was appended by a process that is gone by then is folded by the others', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  const person = await own.state.ledger.keyFor(ana)
  const item = { kind: 'seen', id: '', value: '7', expiresAt: undefined } as const
  const nonce = world.random.bytes(12)
  await own.engine.privateLog.append([putEntry(person, { name: 'ab'.repeat(16), item, nonce })])
  await own.kept.catchUp()
  assert.equal(own.kept.get(ana, 'seen', '')?.value, '7')
  await own.engine.privateLog.append([endedEntry(person.owner)])
  await own.kept.catchUp()
  assert.equal(own.kept.get(ana, 'seen', ''), undefined)
  assert.deepEqual(await own.engine.ledger.list('key/'), [], 'whoever folds it erases the key')
})

test('an older log brings back nothing that was deleted, and nobody who is gone; what was kept is there', async () => {
  const world = simWorld()
  const own = await givenPrivate(world)
  const { engine, kept } = own
  await kept.change(ana, async (mine) => {
    await mine.put('denial', 'kept', 'as it was')
    await mine.put('denial', 'deleted', '')
    await mine.put('seen', '', 'yesterday')
  })
  await kept.change(ben, (mine) => mine.put('report', 'a', 'of somebody who is gone'))
  const restore = await restored(engine)
  await kept.change(ana, async (mine) => {
    await mine.delete('denial', 'deleted')
    await mine.put('seen', '', 'today')
    await mine.put('report', 'new', 'since the backup')
  })
  await createDepartures(own.state.ledger, own.state.append).ended(ben)
  await kept.catchUp()
  // Who comes back after their end has a key anew, which opens nothing of what was before.
  await kept.change(ben, (mine) => mine.put('seen', '', 'back'))
  await own[Symbol.asyncDispose]()

  for (let start = 0; start < 2; start++) {
    const older = await restore()
    await using again = await givenPrivate(world, older)
    const all = KINDS.flatMap((kind) => again.kept.all(kind)).map(
      ({ did, item: { kind, id, value } }) => `${did} ${kind} ${id} ${value}`,
    )
    assert.deepEqual(all.toSorted(), [`${ana} denial kept as it was`, `${ana} seen  yesterday`])
    await settle()
    assert.equal((await entriesOf(older.privateLog)).length, 3, 'what was deleted is out of it')
    assert.equal(again.state.unreadable(), 1, 'what is of somebody without a key is only not legible')
    await again.kept.change(ana, (mine) => mine.put('denial', 'deleted', 'once more'))
    assert.equal(again.kept.get(ana, 'denial', 'deleted')?.value, 'once more')
    await again.kept.change(ana, (mine) => mine.delete('denial', 'deleted'))
  }
})

test('without its ledger, or with another one, nothing is read and nothing is lost: the start says so', async () => {
  const world = simWorld()
  const own = await givenPrivate(world)
  await own.kept.change(ana, (mine) => mine.put('seen', '', '7'))
  await own[Symbol.asyncDispose]()
  const { engine } = own
  const entries = await entriesOf(engine.privateLog)
  const without = { ...engine, ledger: openMemoryEngine({ world }).ledger }
  await assert.rejects(givenPrivate(world, without), /the ledger is lost/)
  await openLedger(world, without.ledger).begin()
  await assert.rejects(givenPrivate(world, without), /the ledger is another one/)
  assert.deepEqual(await entriesOf(engine.privateLog), entries)
  await using again = await givenPrivate(world, engine)
  assert.equal(again.kept.get(ana, 'seen', '')?.value, '7')
})

test('an older ledger by mistake costs nothing once the newest is in its place', async () => {
  const world = simWorld()
  const own = await givenPrivate(world)
  await own.kept.change(ana, (mine) => mine.put('seen', '', '7'))
  const { engine } = own
  const ledger = openMemoryEngine({ world }).ledger
  for (const key of await engine.ledger.list('')) await ledger.put(key, (await engine.ledger.get(key))!.value)
  await own.kept.change(ben, (mine) => mine.put('seen', '', '8'))
  await own[Symbol.asyncDispose]()
  {
    await using mistaken = await givenPrivate(world, { ...engine, ledger })
    assert.deepEqual([mistaken.kept.get(ben, 'seen', ''), mistaken.state.unreadable()], [undefined, 1])
    await settle()
  }
  await using again = await givenPrivate(world, engine)
  assert.equal(again.kept.get(ben, 'seen', '')?.value, '8')
})

test('damage of what is private stops the process; so does an item in the place of another one', async () => {
  const world = simWorld()
  const own = await givenPrivate(world)
  await own.kept.change(ana, (mine) => mine.put('seen', '', '7'))
  const [entry] = await entriesOf(own.engine.privateLog)
  await own[Symbol.asyncDispose]()
  const body = Uint8Array.from(entry!.body)
  body[body.length - 20]! ^= 1
  for (const bad of [
    { key: 'c'.repeat(32), id: '1', body },
    { key: 'c'.repeat(32), id: '1', body: entry!.body },
    { key: 'c'.repeat(32), id: '1', body: Uint8Array.of(9) },
    { key: 'c'.repeat(32), id: '1', body: entry!.body.subarray(0, 30) },
  ]) {
    const damaged = openMemoryEngine({ world })
    const engine = { ...damaged, ledger: own.engine.ledger }
    for (const { position: _, ...each } of await own.engine.privateLog.read(0, { limit: 9 }))
      await engine.privateLog.append([each])
    await engine.privateLog.append([bad])
    await assert.rejects(givenPrivate(world, engine), { name: 'OwnFault' })
  }
})

test('an engine that is away for a while is asked again', async () => {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  const faults: string[] = []
  let isAway = false
  const away =
    <Args extends readonly unknown[], T>(act: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (isAway) throw new Error('away')
      return act(...args)
    }
  const { privateLog, ledger } = engine
  const seen: Engine = {
    ...engine,
    privateLog: { ...privateLog, read: away(privateLog.read), head: away(privateLog.head) },
    ledger: { ...ledger, get: away(ledger.get), put: away(ledger.put), delete: away(ledger.delete) },
  }
  await using state = await openPrivateState({
    world,
    engine: seen,
    file: ':memory:',
    failed: (what) => void faults.push(what),
  })
  await using writer = await givenPrivate(world, engine)
  isAway = true
  await writer.kept.change(ana, (own) => own.put('seen', '', '7'))
  await world.advance(2_000)
  assert.equal(state.get(ana, 'seen', ''), undefined)
  assert.ok(faults.length > 1)
  isAway = false
  await world.advance(2_000)
  assert.equal(state.get(ana, 'seen', '')?.value, '7')
})
