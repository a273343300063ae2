import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fault } from '../api.ts'
import { changed, type Entry } from './entry.ts'
import { initialOutbox, type OutboxEffect, type OutboxEvent, type OutboxState, step } from './machine.ts'

const ANA = 'did:plc:ana'
const BEN = 'did:plc:ben'
const AGAIN_MAX = 50
const TOO_LONG: Fault = { status: 400, error: 'InvalidRequest', message: 'too long' }
const AWAY: Fault = { status: 0, error: 'NetworkFailure', message: 'no connection' }

test('what was kept is sent once there is somebody to send it', () => {
  const world = new Network()
  world.tell({ type: 'kept', entry: entry('3a', ANA) })
  assert.equal(world.onItsWay, undefined)
  world.tell({ type: 'session', me: ANA })
  assert.equal(world.onItsWay, '3a')
})

test('pauses grow with every failure, up to five minutes, and end with a success', () => {
  const world = new Network()
  world.tell({ type: 'session', me: ANA })
  world.tell({ type: 'kept', entry: entry('3a', ANA) })
  for (let failure = 0; failure < 12; failure++) {
    world.answer('failed')
    world.tell({ type: 'woke' })
  }
  assert.deepEqual(world.restsMs.slice(0, 3), [2_000, 4_000, 8_000])
  assert.equal(world.restsMs.at(-1), 300_000)
  world.answer('sent')
  world.tell({ type: 'kept', entry: entry('3b', ANA) })
  world.answer('failed')
  assert.equal(world.restsMs.at(-1), 2_000)
})

test('one that always fails does not keep the others back', () => {
  const world = new Network()
  world.tell({ type: 'session', me: ANA })
  world.tell({ type: 'read', entries: [entry('3b', ANA), entry('3a', ANA)] })
  world.answer('failed')
  world.tell({ type: 'woke' })
  assert.equal(world.onItsWay, '3b')
})

test('what was refused stays with its reason until it is changed', () => {
  const world = new Network()
  world.tell({ type: 'session', me: ANA })
  world.tell({ type: 'kept', entry: entry('3a', ANA) })
  world.answer('refused')
  world.tell({ type: 'woke' })
  assert.equal(world.onItsWay, undefined)
  assert.equal(world.state.entries[0]?.reason, TOO_LONG)
  world.tell({ type: 'kept', entry: changed(world.state.entries[0]!, entry('', ANA), '3z') })
  assert.equal(world.onItsWay, '3a')
})

test('a changed one that may be written already gets a new key, and says what it replaces', () => {
  const tried = { ...entry('3a', ANA), isTried: true }
  const now = changed(tried, tried, '3z')
  assert.deepEqual([now.rkey, now.replaces, now.isTried], ['3z', '3a', undefined])
  const again = changed(now, now, '3zz')
  assert.deepEqual([again.rkey, again.replaces], ['3z', '3a'])
})

const keys = fc.constantFrom('3a', '3b', '3c', '3d')
const authors = fc.constantFrom(ANA, BEN)
const happenings = fc.oneof(
  fc.record({ what: fc.constant('keep' as const), rkey: keys, author: authors }),
  fc.record({ what: fc.constant('hold' as const), rkey: keys }),
  fc.record({ what: fc.constant('remove' as const), rkey: keys }),
  fc.record({ what: fc.constant('sign in' as const), as: fc.option(authors, { nil: undefined }) }),
  fc.record({ what: fc.constant('wake' as const) }),
  fc.record({ what: fc.constant('reopen' as const) }),
  fc.record({
    what: fc.constant('answer' as const),
    answer: fc.constantFrom('sent' as const, 'refused' as const, 'failed' as const, 'signed-out' as const),
  }),
)
type Happening = typeof happenings extends fc.Arbitrary<infer Value> ? Value : never

test('whatever happens, nothing is lost, and only its author sends what may be sent, one at a time', () => {
  fc.assert(fc.property(fc.array(happenings, { maxLength: 60 }), (story) => void new Network().live(story)))
})

test('whatever has happened, with a connection and its author signed in, all that waits is sent', () => {
  fc.assert(
    fc.property(fc.array(happenings, { maxLength: 40 }), (story) => {
      const world = new Network().live(story)
      for (const me of [ANA, BEN]) {
        world.tell({ type: 'session', me })
        for (let turn = 0; turn < AGAIN_MAX; turn++) {
          world.tell({ type: 'woke' })
          world.answer('sent', me)
        }
      }
      assert.deepEqual(
        world.state.entries.filter(({ status }) => status === 'waiting'),
        [],
      )
    }),
  )
})

/** The device's storage and the people's servers, as far as the machine can tell, with its promises checked. */
class Network {
  state: OutboxState = initialOutbox
  onItsWay: string | undefined
  readonly restsMs: number[] = []
  readonly #stored = new Map<string, Entry>()

  tell(event: OutboxEvent): void {
    const { state, effects } = step(this.state, event)
    this.state = state
    for (const effect of effects) this.#carryOut(effect)
    if (event.type === 'kept') this.#stored.set(event.entry.rkey, event.entry)
    if (event.type === 'removed' || event.type === 'sent') this.#stored.delete(event.rkey)
  }

  live(story: readonly Happening[]): this {
    for (const one of story) {
      this.#happen(one)
      assert.deepEqual(this.state.entries.map(({ rkey }) => rkey).toSorted(), [...this.#stored.keys()].toSorted())
    }
    return this
  }

  answer(answer: 'sent' | 'refused' | 'failed' | 'signed-out', me = this.state.me): void {
    const rkey = this.onItsWay
    if (rkey === undefined) return
    this.onItsWay = undefined
    if (answer === 'refused') return this.tell({ type: answer, rkey, reason: TOO_LONG })
    if (answer === 'failed') return this.tell({ type: answer, rkey, fault: AWAY, fraction: 1 })
    this.tell({ type: answer, rkey })
    if (answer === 'signed-out') this.tell({ type: 'session', me })
  }

  #happen(one: Happening): void {
    switch (one.what) {
      case 'keep':
        // A key is chosen once; what is kept under it again is the same check-in, changed.
        return this.tell({
          type: 'kept',
          entry: entry(one.rkey, this.#stored.get(one.rkey)?.author ?? one.author),
        })
      case 'hold': {
        const held = this.#stored.get(one.rkey)
        // The shell holds back what is on its way: both take the same lock.
        if (held === undefined || this.onItsWay === one.rkey) return
        return this.tell({ type: 'kept', entry: { ...held, status: 'held' } })
      }
      case 'remove':
        if (this.onItsWay === one.rkey) return
        return this.tell({ type: 'removed', rkey: one.rkey })
      case 'sign in':
        return this.tell({ type: 'session', me: one.as })
      case 'wake':
        return this.tell({ type: 'woke' })
      case 'reopen':
        if (this.onItsWay !== undefined) return
        return this.tell({ type: 'read', entries: [...this.#stored.values()] })
      case 'answer':
        return this.answer(one.answer)
    }
  }

  #carryOut(effect: OutboxEffect): void {
    if (effect.do === 'rest') {
      this.restsMs.push(effect.ms)
      return
    }
    assert.equal(this.onItsWay, undefined, 'one at a time')
    const sent = this.state.entries.find(({ rkey }) => rkey === effect.rkey)
    assert.equal(sent?.status, 'waiting')
    assert.equal(sent?.author, this.state.me, 'only its author sends it')
    this.onItsWay = effect.rkey
  }
}

function entry(rkey: string, author: string): Entry {
  const draft = { place: { name: 'Somewhere' }, placeId: undefined, text: '', companions: [], mentions: {} }
  return { rkey, author, draft, photos: [], isHere: false, isPosted: false, status: 'waiting' }
}
