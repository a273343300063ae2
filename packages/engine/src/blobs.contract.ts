import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Engine } from './port.ts'

export type OpenBlobs = () => Promise<Pick<Engine, 'blobs'> & AsyncDisposable>

const BYTES = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)

/** What every engine's blob store promises; `open` gives an empty one. */
export function blobsContract(name: string, open: OpenBlobs): void {
  describe(`the blob store of the ${name} engine`, () => {
    test('hands out what was put, whole, until it is deleted', async () => {
      await using engine = await open()
      await engine.blobs.put('snapshots/1.sqlite', BYTES)
      assert.deepEqual(await engine.blobs.get('snapshots/1.sqlite'), BYTES)
      await engine.blobs.delete('snapshots/1.sqlite')
      assert.equal(await engine.blobs.get('snapshots/1.sqlite'), undefined)
    })

    test('hands out a large blob byte for byte', async () => {
      await using engine = await open()
      const large = Uint8Array.from({ length: 9_000_000 }, (_, at) => (at * 31) % 253)
      await engine.blobs.put('snapshots/large', large)
      const found = await engine.blobs.get('snapshots/large')
      assert.equal(Buffer.compare(found ?? new Uint8Array(), large), 0)
    })

    test('has nothing under a name that nobody put, and deletes that without a word', async () => {
      await using engine = await open()
      assert.equal(await engine.blobs.get('a/b/c'), undefined)
      await engine.blobs.delete('a/b/c')
      assert.deepEqual(await engine.blobs.list(''), [])
    })

    test('puts the new bytes in the place of the old', async () => {
      await using engine = await open()
      await engine.blobs.put('a', BYTES)
      await engine.blobs.put('a', Uint8Array.of(1))
      assert.deepEqual(await engine.blobs.get('a'), Uint8Array.of(1))
      await engine.blobs.put('a', new Uint8Array())
      assert.deepEqual(await engine.blobs.get('a'), new Uint8Array())
    })

    test('never shows half a blob, however many write one name at once', async () => {
      await using engine = await open()
      const versions = [1, 2, 3, 4].map((value) => new Uint8Array(300_000).fill(value))
      const writes = Promise.all(versions.map((bytes) => engine.blobs.put('a', bytes)))
      for (let reads = 0; reads < 20; reads++) {
        const seen = await engine.blobs.get('a')
        if (seen) assert.ok(seen.length === 300_000 && seen.every((value) => value === seen[0]))
      }
      await writes
    })

    test('lists the names with a prefix in order', async () => {
      await using engine = await open()
      for (const name of ['b/2', 'a', 'b/1/x', 'b/10', 'bb', 'c-d/_.e']) await engine.blobs.put(name, BYTES)
      assert.deepEqual(await engine.blobs.list('b/'), ['b/1/x', 'b/10', 'b/2'])
      assert.deepEqual(await engine.blobs.list(''), ['a', 'b/1/x', 'b/10', 'b/2', 'bb', 'c-d/_.e'])
    })

    test('keeps a blob beside those whose names go on from its own', async () => {
      await using engine = await open()
      await engine.blobs.put('a', Uint8Array.of(1))
      await engine.blobs.put('a/b', Uint8Array.of(2))
      await engine.blobs.put('a/b/c', Uint8Array.of(3))
      assert.deepEqual(await engine.blobs.list(''), ['a', 'a/b', 'a/b/c'])
      await engine.blobs.delete('a/b')
      assert.deepEqual(await engine.blobs.get('a'), Uint8Array.of(1))
      assert.deepEqual(await engine.blobs.get('a/b/c'), Uint8Array.of(3))
    })

    test('refuses every name that could lead elsewhere', async () => {
      await using engine = await open()
      const bad = ['', '/a', 'a/', 'a//b', '..', '../a', 'a/../b', './a', 'a b', 'ä', 'a\\b', 'a+', 'a\0']
      for (const name of [...bad, 'a'.repeat(201), 'a/'.repeat(256) + 'a']) {
        await assert.rejects(engine.blobs.put(name, BYTES), { name: 'OwnFault' }, name)
        await assert.rejects(engine.blobs.get(name), { name: 'OwnFault' }, name)
        await assert.rejects(engine.blobs.delete(name), { name: 'OwnFault' }, name)
      }
      assert.deepEqual(await engine.blobs.list(''), [])
    })
  })
}
