import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import type { World } from '@waypost/kernel'
import type { Engine } from './port.ts'

export type OpenKeyValue = (world: World) => Promise<Pick<Engine, 'keyValue'> & AsyncDisposable>

const ONE = Uint8Array.of(1)
const TWO = Uint8Array.of(2)

/** The ledger in the place of the key-value store: it promises the same. */
export function asKeyValue(engine: Engine): Pick<Engine, 'keyValue'> & AsyncDisposable {
  return { keyValue: engine.ledger, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

/** What every engine's key-value store promises; `open` gives an empty one in a given world. */
export function keyValueContract(name: string, open: OpenKeyValue): void {
  describe(`the key-value store of the ${name} engine`, () => {
    test('holds what was put last, under a revision that changes with every write', async () => {
      await using engine = await open(simWorld())
      const first = await engine.keyValue.put('a', ONE)
      assert.deepEqual(await engine.keyValue.get('a'), { value: ONE, revision: first })
      const second = await engine.keyValue.put('a', TWO)
      assert.notEqual(second, first)
      assert.deepEqual(await engine.keyValue.get('a'), { value: TWO, revision: second })
      assert.equal(await engine.keyValue.get('b'), undefined)
    })

    test('writes on condition only where nobody wrote in between', async () => {
      await using engine = await open(simWorld())
      const revision = await engine.keyValue.put('a', ONE)
      const won = await engine.keyValue.compareAndSet('a', TWO, { revision })
      assert.ok(won.ok)
      const lost = await engine.keyValue.compareAndSet('a', ONE, { revision })
      assert.deepEqual(lost, { ok: false, error: 'conflict' })
      assert.deepEqual(await engine.keyValue.get('a'), { value: TWO, revision: won.value })
    })

    test('lets one of many win who all want to be the first', async () => {
      await using engine = await open(simWorld())
      const tries = Array.from({ length: 8 }, () => engine.keyValue.compareAndSet('lease', ONE, { revision: 0 }))
      assert.equal((await Promise.all(tries)).filter((result) => result.ok).length, 1)
    })

    test('is good for a lease: one holder at a time, who renews it, and another once it has expired', async () => {
      const world = simWorld()
      await using engine = await open(world)
      const take = (revision: number, holder: Uint8Array) =>
        engine.keyValue.compareAndSet('lease', holder, { revision, expiresAt: world.clock.now() + 1_000 })
      const taken = await take(0, ONE)
      assert.ok(taken.ok)
      await world.advance(900)
      assert.equal((await take(0, TWO)).ok, false)
      const renewed = await take(taken.value, ONE)
      assert.ok(renewed.ok)
      await world.advance(900)
      assert.deepEqual((await engine.keyValue.get('lease'))?.value, ONE)
      await world.advance(100)
      const overtaken = await take(0, TWO)
      assert.ok(overtaken.ok)
      // Whoever slept through it finds out when renewing.
      assert.equal((await take(renewed.value, ONE)).ok, false)
      assert.deepEqual(await engine.keyValue.get('lease'), { value: TWO, revision: overtaken.value })
    })

    test('does not take a key that was deleted and written again for the one before', async () => {
      await using engine = await open(simWorld())
      const revision = await engine.keyValue.put('a', ONE)
      await engine.keyValue.delete('a')
      assert.equal(await engine.keyValue.get('a'), undefined)
      await engine.keyValue.put('a', ONE)
      assert.equal((await engine.keyValue.compareAndSet('a', TWO, { revision })).ok, false)
      assert.equal((await engine.keyValue.compareAndSet('a', TWO, { revision: 0 })).ok, false)
    })

    test('deletes what is not there without a word', async () => {
      await using engine = await open(simWorld())
      await engine.keyValue.delete('a')
    })

    test('reads a key as absent from the moment it expires', async () => {
      const world = simWorld()
      await using engine = await open(world)
      const revision = await engine.keyValue.put('a', ONE, { expiresAt: world.clock.now() + 1_000 })
      await world.advance(999)
      assert.ok(await engine.keyValue.get('a'))
      await world.advance(1)
      assert.equal(await engine.keyValue.get('a'), undefined)
      assert.deepEqual(await engine.keyValue.list(''), [])
      assert.equal((await engine.keyValue.compareAndSet('a', TWO, { revision })).ok, false)
      assert.ok((await engine.keyValue.compareAndSet('a', TWO, { revision: 0 })).ok)
    })

    test('holds a key for good once it is written without an expiry', async () => {
      const world = simWorld()
      await using engine = await open(world)
      await engine.keyValue.put('a', ONE, { expiresAt: world.clock.now() + 1_000 })
      await engine.keyValue.put('a', TWO)
      await world.advance(10_000)
      await engine.keyValue.put('b', ONE)
      assert.deepEqual((await engine.keyValue.get('a'))?.value, TWO)
    })

    test('holds a key longer when it is renewed on condition', async () => {
      const world = simWorld()
      await using engine = await open(world)
      const revision = await engine.keyValue.put('a', ONE, { expiresAt: world.clock.now() + 1_000 })
      await engine.keyValue.compareAndSet('a', ONE, { revision, expiresAt: world.clock.now() + 3_000 })
      await world.advance(2_000)
      await engine.keyValue.put('b', ONE)
      assert.ok(await engine.keyValue.get('a'))
    })

    test('lists the keys with a prefix in order', async () => {
      await using engine = await open(simWorld())
      for (const key of ['b/2', 'a/1', 'b/10', 'b', 'c', 'b%', 'b/\u{1f37a}', 'b/\uffee']) {
        await engine.keyValue.put(key, ONE)
      }
      assert.deepEqual(await engine.keyValue.list('b/'), ['b/10', 'b/2', 'b/\uffee', 'b/\u{1f37a}'])
      assert.equal((await engine.keyValue.list('')).length, 8)
    })

    test('is not changed by what callers do to their bytes', async () => {
      await using engine = await open(simWorld())
      const bytes = Uint8Array.of(1)
      await engine.keyValue.put('a', bytes)
      bytes[0] = 9
      const held = await engine.keyValue.get('a')
      assert.deepEqual(held?.value, ONE)
      held.value[0] = 9
      assert.deepEqual((await engine.keyValue.get('a'))?.value, ONE)
    })

    test('refuses a key that is empty, too long, or not text', async () => {
      await using engine = await open(simWorld())
      for (const key of ['', 'a'.repeat(2_561), 'a\0', '\ud800']) {
        await assert.rejects(engine.keyValue.put(key, ONE), { name: 'OwnFault' })
      }
    })
  })
}
