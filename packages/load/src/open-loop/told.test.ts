import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@atcute/cbor'
import { tidFrom, type Did } from '@waypost/kernel'
import { LIVE_AN_HOUR_MAX, toldIn } from './told.ts'

const HOUR_MICROS = 3_600_000_000
const START_MICROS = 500_000 * HOUR_MICROS
const ana = 'did:plc:ana' as Did
const uri = (name: number) => `at://${ana}/app.waypost.checkin/${name}`

interface Told {
  readonly hour: number
  readonly create?: readonly number[]
  readonly remove?: readonly number[]
}

function recordingOf(messages: readonly Told[]) {
  const frames = messages.map(({ hour, create = [], remove = [] }, nth) => {
    const rev = tidFrom(START_MICROS + hour * HOUR_MICROS + nth, 0)
    const ops = [
      ...create.map((name) => ({ action: 'create', path: `app.waypost.checkin/${name}` })),
      ...remove.map((name) => ({ action: 'delete', path: `app.waypost.checkin/${name}` })),
    ]
    return Buffer.concat([encode({ op: 1, t: '#commit' }), encode({ repo: ana, rev, ops })])
  })
  return {
    message: (number: number) => frames[number]!,
    messagesOf: (_did: Did, count: number) => frames.map((_, nth) => nth).slice(0, count),
  }
}

const many = (from: number, count: number) => Array.from({ length: count }, (_, nth) => from + nth)

test('what is told is what was created and not deleted again, with its message', () => {
  const recording = recordingOf([
    { hour: 0, create: [1] },
    { hour: 0, create: [2, 3] },
    { hour: 1, remove: [2] },
  ])
  assert.deepEqual([...toldIn(recording, 1, 3)], [[uri(3), 1]])
})

test('what a person has beyond so many in an hour is told to nobody, also where the hour began before', () => {
  const recording = recordingOf([
    { hour: 0, create: many(0, 5) },
    { hour: 1, create: many(100, LIVE_AN_HOUR_MAX - 2) },
    { hour: 1, create: many(200, 1), remove: [100] },
    { hour: 1, create: many(300, 4) },
    { hour: 1, create: many(400, 1) },
    { hour: 2, create: many(500, 1) },
  ])
  assert.deepEqual(
    [...toldIn(recording, 3, 6)].map(([each]) => each),
    [uri(300), uri(500)],
  )
  assert.deepEqual(
    [...toldIn(recording, 4, 6)].map(([each]) => each),
    [uri(500)],
  )
})
