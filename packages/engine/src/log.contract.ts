import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Engine, Entry, Log, NewEntry } from './port.ts'
import { READ_BYTES_MAX } from './port.ts'

export type OpenLog = () => Promise<Pick<Engine, 'log'> & AsyncDisposable>

const ANA = 'did:plc:ana'
const BEN = 'did:plc:ben'

function entry(key: string, id: string, source?: NewEntry['source']): NewEntry {
  return { key, id, ...(source && { source }), body: new TextEncoder().encode(`${key} ${id}`) }
}

async function namesIn(log: Log, after = 0, limit = 1_000): Promise<readonly string[]> {
  return (await readOn(log, after, limit)).map(({ key, id }) => `${key} ${id}`)
}

/** As many as there are, up to the limit: a read may hand out fewer than it was asked for. */
async function readOn(log: Log, after = 0, limit = 1_000): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  while (entries.length < limit) {
    const more = await log.read(entries.at(-1)?.position ?? after, { limit: limit - entries.length })
    if (more.length === 0) break
    entries.push(...more)
  }
  assert.ok(entries.length <= limit)
  return entries
}

/** The private log in the place of the log: it promises the same. */
export function asLog(engine: Engine): Pick<Engine, 'log'> & AsyncDisposable {
  return { log: engine.privateLog, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

/** What every engine's log promises; `open` gives an empty one. */
export function logContract(name: string, open: OpenLog): void {
  describe(`the log of the ${name} engine: order`, () => {
    test('gives every entry a position past those before it', async () => {
      await using engine = await open()
      const first = await engine.log.append([entry(ANA, '1'), entry(ANA, '2')])
      const second = await engine.log.append([entry(BEN, '1')])
      const positions = [...first, ...second]
      assert.equal(positions.length, 3)
      assert.ok(positions[0]! >= 1)
      assert.deepEqual(
        positions,
        positions.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(positions).size, 3)
    })

    test('hands out what was appended, byte for byte and with its source', async () => {
      await using engine = await open()
      const body = Uint8Array.from({ length: 256 }, (_, at) => at)
      const source = { host: 'pds.example', seq: 2 ** 40 }
      const [position] = await engine.log.append([{ key: ANA, id: 'a', source, body }])
      assert.deepEqual(await readOn(engine.log), [{ position, key: ANA, id: 'a', source, body }])
    })

    test('keeps an entry without a body and one without a source', async () => {
      await using engine = await open()
      const [position] = await engine.log.append([{ key: ANA, id: 'a', body: new Uint8Array() }])
      assert.deepEqual(await readOn(engine.log), [{ position, key: ANA, id: 'a', body: new Uint8Array() }])
    })

    test('reads on from any position, as many as asked for', async () => {
      await using engine = await open()
      const positions = await engine.log.append(['1', '2', '3', '4'].map((id) => entry(ANA, id)))
      assert.deepEqual(await namesIn(engine.log, positions[0], 2), [`${ANA} 2`, `${ANA} 3`])
      assert.deepEqual(await namesIn(engine.log, positions[2]), [`${ANA} 4`])
      assert.deepEqual(await namesIn(engine.log, positions[3]), [])
      assert.deepEqual(await namesIn(engine.log, positions[3]! + 100), [])
    })

    test('stops a read early rather than hand out more bytes than its limit, but always hands out one', async () => {
      await using engine = await open()
      const large = new Uint8Array(READ_BYTES_MAX / 2 + 1)
      await engine.log.append(['1', '2', '3'].map((id) => ({ key: ANA, id, body: large })))
      const first = await engine.log.read(0, { limit: 10 })
      assert.ok(first.length === 1 || first.length === 2)
      assert.deepEqual(await namesIn(engine.log), [`${ANA} 1`, `${ANA} 2`, `${ANA} 3`])
    })

    test('keeps the order of each call when calls come at once', async () => {
      await using engine = await open()
      const calls = Array.from({ length: 50 }, (_, call) => [0, 1, 2].map((at) => entry(`did:plc:p${call}`, `${at}`)))
      const answers = await Promise.all(calls.map((entries) => engine.log.append(entries)))
      const stored = await readOn(engine.log)
      assert.equal(stored.length, 150)
      for (const [call, positions] of answers.entries()) {
        assert.deepEqual(
          stored.filter(({ key }) => key === `did:plc:p${call}`).map(({ position }) => position),
          positions,
        )
        assert.deepEqual(
          positions,
          positions.toSorted((a, b) => a - b),
        )
      }
    })

    test('answers an empty append with nothing', async () => {
      await using engine = await open()
      assert.deepEqual(await engine.log.append([]), [])
      assert.equal(await engine.log.head(), 0)
    })

    test('refuses an entry without a key, an id or a sensible seq, and takes nothing of that call', async () => {
      await using engine = await open()
      const bad = [entry('', '1'), entry(ANA, ''), entry(ANA, 'a\0b'), entry(ANA, '1', { host: 'h', seq: -1 })]
      for (const one of bad) await assert.rejects(engine.log.append([entry(BEN, '1'), one]), { name: 'OwnFault' })
      assert.deepEqual(await namesIn(engine.log), [])
    })
  })

  describe(`the log of the ${name} engine: repeats`, () => {
    test('does not append an entry twice, and answers the earlier position', async () => {
      await using engine = await open()
      const [first] = await engine.log.append([entry(ANA, '1')])
      const positions = await engine.log.append([entry(BEN, '1'), entry(ANA, '1'), entry(BEN, '1')])
      assert.deepEqual(positions, [positions[0], first, positions[0]])
      assert.deepEqual(await namesIn(engine.log), [`${ANA} 1`, `${BEN} 1`])
      assert.equal(await engine.log.head(), positions[0])
    })

    test('appends an entry once that comes many times at once', async () => {
      await using engine = await open()
      const calls = Array.from({ length: 20 }, () => engine.log.append([entry(ANA, '1'), entry(ANA, '2')]))
      const answers = await Promise.all(calls)
      for (const positions of answers) assert.deepEqual(positions, answers[0])
      assert.deepEqual(await namesIn(engine.log), [`${ANA} 1`, `${ANA} 2`])
    })

    test('keeps the first body of an entry that comes again', async () => {
      await using engine = await open()
      await engine.log.append([{ key: ANA, id: '1', body: Uint8Array.of(1) }])
      await engine.log.append([{ key: ANA, id: '1', body: Uint8Array.of(2) }])
      assert.deepEqual((await readOn(engine.log))[0]!.body, Uint8Array.of(1))
    })

    test('tells keys and ids apart however they are cut', async () => {
      await using engine = await open()
      await engine.log.append([entry('did:plc:a', 'b:c'), entry('did:plc:a:b', 'c')])
      assert.equal((await readOn(engine.log)).length, 2)
    })
  })

  describe(`the log of the ${name} engine: cursors`, () => {
    test("moves a host's cursor with the entries, to the highest seq, never back", async () => {
      await using engine = await open()
      await engine.log.append([entry(ANA, '1', { host: 'a', seq: 7 }), entry(ANA, '2', { host: 'a', seq: 5 })])
      await engine.log.append([entry(ANA, '3', { host: 'a', seq: 0 }), entry(BEN, '1', { host: 'b', seq: 1 })])
      assert.deepEqual(
        await engine.log.cursors(),
        new Map([
          ['a', 7],
          ['b', 1],
        ]),
      )
    })

    test('moves the cursor also when the entry is there already', async () => {
      await using engine = await open()
      await engine.log.append([entry(ANA, '1', { host: 'a', seq: 7 })])
      await engine.log.append([entry(ANA, '1', { host: 'a', seq: 9 })])
      await engine.log.append([entry(ANA, '1', { host: 'b', seq: 3 })])
      assert.deepEqual(
        await engine.log.cursors(),
        new Map([
          ['a', 9],
          ['b', 3],
        ]),
      )
    })

    test('moves no cursor past what a call that failed was to append', async () => {
      await using engine = await open()
      await engine.log.append([entry(ANA, '1', { host: 'a', seq: 1 })])
      const failing = [entry(ANA, '2', { host: 'a', seq: 2 }), entry(ANA, '', { host: 'a', seq: 3 })]
      await assert.rejects(engine.log.append(failing))
      assert.deepEqual(await engine.log.cursors(), new Map([['a', 1]]))
    })

    test('stands, in calls that come at once, at the highest seq of all when they are over', async () => {
      await using engine = await open()
      const seqs = Array.from({ length: 40 }, (_, at) => at + 1)
      await Promise.all(seqs.map((seq) => engine.log.append([entry(`p${seq % 7}`, `${seq}`, { host: 'a', seq })])))
      assert.deepEqual(await engine.log.cursors(), new Map([['a', 40]]))
      await engine.log.append([entry('p1', '1', { host: 'a', seq: 41 }), entry('p1', '2', { host: 'b', seq: 0 })])
      assert.deepEqual(
        await engine.log.cursors(),
        new Map([
          ['a', 41],
          ['b', 0],
        ]),
      )
    })

    test('keeps the cursor when the entries it came from are erased', async () => {
      await using engine = await open()
      const [position] = await engine.log.append([entry(ANA, '1', { host: 'a', seq: 7 })])
      await engine.log.erase(ANA, { through: position! })
      assert.deepEqual(await engine.log.cursors(), new Map([['a', 7]]))
    })
  })

  describe(`the log of the ${name} engine: the newest entry and erasure`, () => {
    test("answers a key's newest entry, and nothing for a key that it does not have", async () => {
      await using engine = await open()
      await engine.log.append([entry(ANA, '2'), entry(ANA, '1'), entry(BEN, '9')])
      assert.equal((await engine.log.last(ANA))?.id, '1')
      assert.equal(await engine.log.last('did:plc:nobody'), undefined)
      await engine.log.append([entry(ANA, '2')])
      assert.equal((await engine.log.last(ANA))?.id, '1')
    })

    test("takes out a key's entries up to a position and leaves everything else where it was", async () => {
      await using engine = await open()
      const positions = await engine.log.append([entry(ANA, '1'), entry(BEN, '1'), entry(ANA, '2'), entry(ANA, '3')])
      assert.equal(await engine.log.erase(ANA, { through: positions[2]! }), 2)
      assert.deepEqual(
        (await readOn(engine.log)).map(({ position }) => position),
        [positions[1], positions[3]],
      )
      assert.equal((await engine.log.last(ANA))?.position, positions[3])
      assert.equal(await engine.log.erase(ANA, { through: positions[2]! }), 0)
      assert.equal(await engine.log.erase('did:plc:nobody', { through: positions[2]! }), 0)
    })

    test('takes out a large entry, and leaves a large one behind it whole', async () => {
      await using engine = await open()
      const bodies = [1, 2, 3].map((value) => new Uint8Array(1_500_000).fill(value))
      const positions = await engine.log.append(bodies.map((body, at) => ({ key: ANA, id: `${at}`, body })))
      assert.equal(await engine.log.erase(ANA, { through: positions[1]! }), 2)
      assert.deepEqual((await engine.log.last(ANA))?.body, bodies[2])
      assert.deepEqual(
        (await readOn(engine.log)).map(({ body }) => body),
        [bodies[2]],
      )
    })

    test('has no newest entry for a key that is erased whole, and never goes back with its head', async () => {
      await using engine = await open()
      await engine.log.append([entry(BEN, '1')])
      const [position] = await engine.log.append([entry(ANA, '1')])
      await engine.log.erase(ANA, { through: position! })
      assert.equal(await engine.log.last(ANA), undefined)
      assert.equal(await engine.log.head(), position)
      const [next] = await engine.log.append([entry(ANA, '1')])
      assert.ok(next! > position!)
      assert.equal((await engine.log.last(ANA))?.position, next)
    })
  })

  describe(`the log of the ${name} engine: keys`, () => {
    test('lists the keys that have an entry, a page at a time, in the order of their bytes', async () => {
      await using engine = await open()
      const keys = ['did:plc:b', 'did:plc:a', 'did:plc:ä', 'did:plc:aa', 'host:h']
      const positions = await engine.log.append([...keys, ...keys].map((key, at) => entry(key, `${at}`)))
      await engine.log.erase('did:plc:aa', { through: positions.at(-2)! })
      assert.deepEqual(await engine.log.keys('', { limit: 2 }), ['did:plc:a', 'did:plc:b'])
      assert.deepEqual(await engine.log.keys('did:plc:b', { limit: 9 }), ['did:plc:ä', 'host:h'])
      assert.deepEqual(await engine.log.keys('host:h', { limit: 9 }), [])
    })
  })

  describe(`the log of the ${name} engine: waiting`, () => {
    test('wakes those who wait once the head is past their position, and only those', async () => {
      await using engine = await open()
      const abort = new AbortController()
      const [head] = await engine.log.append([entry(ANA, '1')])
      let further = false
      const wait = engine.log.waitPast(head!, abort.signal)
      const waitFurther = engine.log.waitPast(head! + 1, abort.signal).then(() => (further = true))
      await engine.log.append([entry(ANA, '2')])
      await wait
      assert.equal(further, false)
      await engine.log.append([entry(ANA, '3')])
      await waitFurther
    })

    test('does not wait where the head is past the position already', async () => {
      await using engine = await open()
      await engine.log.append([entry(ANA, '1')])
      await engine.log.waitPast(0, new AbortController().signal)
    })

    test('stops waiting when the signal aborts, also when it had aborted before', async () => {
      await using engine = await open()
      const abort = new AbortController()
      const wait = engine.log.waitPast(0, abort.signal)
      abort.abort()
      await wait
      await engine.log.waitPast(0, abort.signal)
    })
  })
}
