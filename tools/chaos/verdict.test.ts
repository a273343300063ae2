import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cid } from '@waypost/kernel'
import { compare, gapsIn, misplaced } from './verdict.ts'

const uri = (name: string): string => `at://did:plc:x/app.waypost.checkin/${name}`
const record = (name: string, content = name) => ({ uri: uri(name), cid: content as Cid })
const told = new Map(['a', 'b', 'c', 'd'].map((name, at) => [uri(name), { cid: name as Cid, seq: at + 1 }] as const))

test('what is missing below the cursor is lost, what is missing past it is not', () => {
  const found = compare(told, [record('a'), record('c')], { acknowledged: 3 })
  assert.deepEqual(found, { lost: [uri('b')], repeated: [], pending: 1 })
})

test('a check-in that stands there with another content is lost', () => {
  const found = compare(
    told,
    ['a', 'b', 'c'].map((name) => record(name, name === 'b' ? 'z' : name)),
    { acknowledged: 3 },
  )
  assert.deepEqual(found.lost, [uri('b')])
})

test('what is there twice, and what nobody told, counts as repeated', () => {
  const found = compare(told, [record('a'), record('a'), record('e'), record('b'), record('c'), record('d')], {
    acknowledged: 4,
  })
  assert.deepEqual(found, { lost: [], repeated: [uri('a'), uri('e')], pending: 0 })
})

test('a live stream has a gap where the log has check-ins between two of its runs, and only there', () => {
  const positions = [3, 4, 7, 8, 9, 12]
  const run = (from: number, to: number, isTold = false) => ({ from, to, isTold })
  assert.deepEqual(gapsIn([run(3, 4), run(7, 9), run(12, 12)], positions), { silent: 0, told: 0 })
  assert.deepEqual(gapsIn([run(3, 4), run(8, 9), run(12, 12)], positions), { silent: 1, told: 0 })
  assert.deepEqual(gapsIn([run(3, 3), run(9, 9, true), run(12, 12)], positions), { silent: 0, told: 3 })
  assert.deepEqual(gapsIn([run(8, 9)], positions), { silent: 0, told: 0 })
})

test('a check-in that was told at another position than where it stands is found', () => {
  const logged = {
    positions: [1, 2],
    byUri: new Map([
      [uri('a'), 1],
      [uri('b'), 2],
    ]),
    repeated: [],
  }
  assert.deepEqual(
    misplaced(
      new Map([
        [1, uri('a')],
        [2, uri('b')],
      ]),
      logged,
    ),
    [],
  )
  assert.deepEqual(
    misplaced(
      new Map([
        [1, uri('a')],
        [3, uri('b')],
      ]),
      logged,
    ),
    [uri('b')],
  )
})
