import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CheckinView, LiveMessage } from '../views.ts'
import { feedOf, initialLive, type LiveEvent, type LiveState, PENDING_MAX, REMEMBERED_MAX, step } from './machine.ts'

const uri = (name: number | string) => `at://did:plc:ana/app.waypost.checkin/${name}` as const

function checkin(name: number, minute = name, text?: string): CheckinView {
  const sortAt = new Date(Date.UTC(2026, 10, 20, 12, minute)).toISOString() as CheckinView['sortAt']
  return {
    uri: uri(name) as CheckinView['uri'],
    cid: `cid${name}` as CheckinView['cid'],
    author: { did: 'did:plc:ana', handle: 'ana.test' },
    place: { name: `Place ${name}` },
    source: 'waypost',
    sortAt,
    likeCount: 0,
    commentCount: 0,
    record: {},
    ...(text !== undefined ? { text } : {}),
  }
}

const received = (seq: number, item: CheckinView, isLast = true): LiveEvent => ({
  type: 'received',
  message: { seq, checkin: item },
  isLast,
})
const deleted = (seq: number, name: number): LiveEvent => ({
  type: 'received',
  message: { seq, uri: uri(name) as CheckinView['uri'] } as LiveMessage,
  isLast: true,
})

const departed = (seq: number): LiveEvent => ({
  type: 'received',
  message: { seq, did: 'did:plc:ana' },
  isLast: true,
})

/** Runs events from the start; gives the last state and the last step's effects. */
function after(...events: LiveEvent[]): LiveState {
  return events.reduce((state, event) => step(state, event).state, initialLive)
}

const open: LiveEvent[] = [{ type: 'started' }, { type: 'opened' }]
const names = (items: readonly CheckinView[]) => items.map((item) => item.uri.split('/').at(-1))

test('starting opens a connection, and only once', () => {
  const first = step(initialLive, { type: 'started' })
  assert.deepEqual(first.effects, [{ do: 'open', cursor: undefined }])
  assert.deepEqual(step(first.state, { type: 'started' }).effects, [])
})

test('after a break it goes on where it stopped, later each time', () => {
  const state = after(...open, received(41, checkin(1)))
  const broken = step(state, { type: 'broke', fraction: 1 })
  assert.deepEqual(broken.effects, [{ do: 'close' }, { do: 'retry', ms: 1_000 }])
  const again = step(broken.state, { type: 'retryDue' })
  assert.deepEqual(again.effects, [{ do: 'open', cursor: 41 }])
  assert.deepEqual(step(again.state, { type: 'broke', fraction: 1 }).effects.at(-1), { do: 'retry', ms: 2_000 })
})

test('retries never wait longer than a minute, nor less than half their share', () => {
  let state = after({ type: 'started' })
  for (let round = 0; round < 40; round++) {
    const broken = step(state, { type: 'broke', fraction: round % 2 })
    const [, retry] = broken.effects
    assert.ok(retry?.do === 'retry' && retry.ms >= 500 && retry.ms <= 60_000)
    state = step(broken.state, { type: 'retryDue' }).state
  }
})

test('a new check-in waits until the reader lets it in', () => {
  const state = after(
    { type: 'loaded', items: [checkin(1)] },
    ...open,
    received(1, checkin(2)),
    received(2, checkin(3)),
  )
  assert.deepEqual(names(feedOf(state, [checkin(1)])), ['1'])
  assert.deepEqual(names(state.pending), ['3', '2'])
  const shown = step(state, { type: 'revealed' }).state
  assert.deepEqual(names(feedOf(shown, [checkin(1)])), ['3', '2', '1'])
  assert.equal(shown.pending.length, 0)
})

test('an event that comes twice counts once', () => {
  const state = after(...open, received(7, checkin(1)), received(7, checkin(1)), received(6, checkin(2)))
  assert.deepEqual(names(state.pending), ['1'])
})

test('several changes of one position all count, and a break between them brings them again', () => {
  const half = after(...open, received(4, checkin(1)), received(5, checkin(2), false))
  assert.deepEqual(names(half.pending), ['2', '1'])
  const again = step(step(half, { type: 'broke', fraction: 0 }).state, { type: 'retryDue' })
  assert.deepEqual(again.effects, [{ do: 'open', cursor: 4 }])
  const whole = [received(5, checkin(2), false), received(5, checkin(3))].reduce(
    (s, e) => step(s, e).state,
    again.state,
  )
  assert.deepEqual(names(whole.pending), ['3', '2', '1'])
  assert.equal(whole.cursor, 5)
})

test('a cursor that the server does not know is given up', () => {
  const state = after(...open, received(9, checkin(1)), { type: 'faulted', error: 'FutureCursor' })
  const broken = step(state, { type: 'broke', fraction: 0 }).state
  assert.deepEqual(step(broken, { type: 'retryDue' }).effects, [{ do: 'open', cursor: undefined }])
})

test('sent away by a server that is short of means it asks what that leaves out, and comes again where it was', () => {
  const state = after(...open, received(9, checkin(1)))
  const told = step(state, { type: 'faulted', error: 'BudgetExceeded' })
  assert.deepEqual(told.effects, [{ do: 'askServer' }])
  const broken = step(told.state, { type: 'broke', fraction: 0 }).state
  assert.deepEqual(step(broken, { type: 'retryDue' }).effects, [{ do: 'open', cursor: 9 }])
})

test('a change to what is shown is made in place and keeps what the viewer did', () => {
  const mine = { ...checkin(1), viewer: { like: uri('like') as CheckinView['uri'] } }
  const state = after({ type: 'loaded', items: [mine] }, ...open, received(1, checkin(1, 1, 'better words')))
  const [item] = feedOf(state, [mine])
  assert.equal(item?.text, 'better words')
  assert.deepEqual(item?.viewer, mine.viewer)
  assert.equal(state.pending.length, 0)
})

test('a deleted check-in is gone wherever it stood, and a restored one returns', () => {
  const page = [checkin(1)]
  const before = [{ type: 'loaded', items: page } as const, ...open, received(1, checkin(2)), received(2, checkin(3))]
  const shown = after(
    ...before,
    { type: 'revealed' },
    received(3, checkin(4)),
    deleted(4, 1),
    deleted(5, 2),
    deleted(6, 4),
  )
  assert.deepEqual(names(feedOf(shown, page)), ['3'])
  assert.deepEqual(shown.pending, [])
  assert.deepEqual(names(feedOf(step(shown, received(7, checkin(1))).state, page)), ['3', '1'])
})

test('with an account all of it is gone, and what it says when it is back is shown again', () => {
  const ben = { ...checkin(9), author: { did: 'did:plc:ben', handle: 'ben.test' } } as CheckinView
  const page = [checkin(1), ben]
  const left = after(
    { type: 'loaded', items: page },
    ...open,
    received(1, checkin(2)),
    { type: 'revealed' },
    received(2, checkin(3)),
    departed(3),
  )
  assert.deepEqual(names(feedOf(left, page)), ['9'])
  assert.deepEqual([left.shown, left.pending, left.cursor], [[], [], 3])
  const back = step(left, received(4, checkin(4))).state
  assert.deepEqual(names(back.pending), ['4'])
  assert.deepEqual(names(feedOf(back, page)), ['1', '9'])
})

test('an import of old check-ins is not news', () => {
  const state = after(
    { type: 'loaded', items: [checkin(100)] },
    ...open,
    received(1, checkin(1)),
    received(2, checkin(90)),
  )
  assert.deepEqual(names(state.pending), ['90'])
})

test('pausing closes the connection, and resuming fetches what was missed', () => {
  const paused = step(after(...open, received(3, checkin(1))), { type: 'paused' })
  assert.deepEqual(paused.effects, [{ do: 'close' }])
  assert.deepEqual(step(paused.state, received(4, checkin(2))).state, paused.state)
  assert.deepEqual(step(paused.state, { type: 'resumed' }).effects, [{ do: 'open', cursor: 3 }])
})

test('the first opening asks for what came meanwhile, a later one need not', () => {
  assert.deepEqual(step(after({ type: 'started' }), { type: 'opened' }).effects, [{ do: 'refresh' }])
  const again = after(...open, received(3, checkin(1)), { type: 'broke', fraction: 0 }, { type: 'retryDue' })
  assert.deepEqual(step(again, { type: 'opened' }).effects, [])
})

test('where the server no longer holds the gap, the feed is asked again', () => {
  const state = after({ type: 'loaded', items: [checkin(1)] }, ...open)
  const outdated = step(state, { type: 'received', message: { name: 'OutdatedCursor' }, isLast: false })
  assert.deepEqual(outdated.effects, [{ do: 'refresh' }])
  const far = step(outdated.state, { type: 'refreshed', items: [checkin(59), checkin(58)] }).state
  assert.deepEqual(step(far, { type: 'revealed' }).effects, [{ do: 'reload' }])
  const near = step(outdated.state, { type: 'refreshed', items: [checkin(2), checkin(1)] }).state
  assert.deepEqual(names(near.pending), ['2'])
  assert.deepEqual(step(near, { type: 'revealed' }).effects, [])
})

test('a check-in that a page brings no longer waits', () => {
  const state = after(...open, received(1, checkin(2)), { type: 'loaded', items: [checkin(2), checkin(1)] })
  assert.deepEqual(state.pending, [])
})

test('what was asked for before the feed was there, and is older than all of it, is not news', () => {
  const old = Array.from({ length: 5 }, (_, nth) => checkin(nth, nth - 600))
  const recent = [checkin(10, 10), checkin(11, 11)]
  const state = after(...open, { type: 'refreshed', items: [...recent, ...old] }, { type: 'loaded', items: recent })
  assert.deepEqual(state.pending, [])
  const late = after(
    ...open,
    { type: 'refreshed', items: [checkin(12, 12), ...old] },
    { type: 'loaded', items: recent },
  )
  assert.deepEqual(names(late.pending), ['12'])
})

test('however much arrives in whatever order: nothing twice, nothing deleted, nothing unbounded', () => {
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.nat(60), fc.nat(30)).map(([seq, name]) => received(seq, checkin(name))) },
    { weight: 2, arbitrary: fc.tuple(fc.nat(60), fc.nat(30)).map(([seq, name]) => deleted(seq, name)) },
    fc.nat(60).map(departed),
    fc.constantFrom<LiveEvent>(
      { type: 'started' },
      { type: 'opened' },
      { type: 'paused' },
      { type: 'resumed' },
      { type: 'retryDue' },
      { type: 'broke', fraction: 0.5 },
      { type: 'revealed' },
      { type: 'stopped' },
    ),
    fc
      .array(fc.nat(30), { maxLength: 5 })
      .map((ids): LiveEvent => ({ type: 'refreshed', items: ids.map((id) => checkin(id)) })),
    fc
      .array(fc.nat(30), { maxLength: 5 })
      .map((ids): LiveEvent => ({ type: 'loaded', items: ids.map((id) => checkin(id)) })),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 80 }), fc.array(fc.nat(30), { maxLength: 10 }), (events, page) => {
      let state = initialLive
      for (const one of events) {
        const next = step(state, one).state
        if (state.cursor !== undefined && next.cursor !== undefined) assert.ok(next.cursor >= state.cursor)
        if (one.type === 'received' && next.phase === 'live')
          assert.deepEqual(next.shown.length <= state.shown.length, true)
        state = next
      }
      const feed = feedOf(
        state,
        page.map((name) => checkin(name)),
      )
      const uris = feed.map((item) => item.uri)
      assert.equal(new Set(uris).size, uris.length)
      assert.ok(feed.every(({ uri: one, author }) => !state.gone.has(one) && !state.gone.has(author.did)))
      assert.ok(state.pending.every((item) => !state.shown.some((other) => other.uri === item.uri)))
    }),
  )
})

test('a flood fills neither memory nor the page', () => {
  let state = after({ type: 'loaded', items: [checkin(0)] }, ...open)
  for (let seq = 1; seq <= PENDING_MAX + 50; seq++) state = step(state, received(seq, checkin(seq))).state
  assert.equal(state.pending.length, PENDING_MAX)
  assert.deepEqual(step(state, { type: 'revealed' }).effects, [{ do: 'reload' }])
  for (let seq = 1_000; seq <= 1_000 + REMEMBERED_MAX + 10; seq++) state = step(state, deleted(seq, seq)).state
  assert.equal(state.gone.size, REMEMBERED_MAX)
})
