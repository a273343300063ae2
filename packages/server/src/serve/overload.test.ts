import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { serve } from './given-http.ts'
import { FULL_FOR_MS, FULL_MS, READS_MIN, watchOverload } from './overload.ts'

const READ = { method: 'GET', url: '/xrpc/app.waypost.feed.getGlobal' }
const ANSWER_MS = 4
const REFUSAL_MS = 0.1
/** As many of those who wait as one turn takes in. */
const TURN_READS = 50

/** A thread that answers one after the other, and whose timer is looked at between its turns. */
function given() {
  const world = simWorld()
  let nowMs = 0
  let look = (): void => {}
  let lookedMs = 0
  const said: boolean[] = []
  const overload = watchOverload(
    {
      clock: { now: () => nowMs, elapsed: () => nowMs },
      random: world.random,
      timers: {
        ...world.timers,
        every(_periodMs, action) {
          look = () => void action()
          return { [Symbol.dispose]() {} }
        },
      },
    },
    { readRefused() {}, overloaded: (isSo) => void said.push(isSo) },
  )
  const response = { writeHead: () => ({ end() {} }) }
  const ask = (request: { readonly method: string; readonly url: string } = READ): boolean =>
    overload.refuse(request as never, response as never)

  function turn(ms: number): void {
    nowMs += ms
    if (nowMs - lookedMs < 20) return
    lookedMs = nowMs
    look()
  }

  return {
    said,
    overload,
    ask,
    turn,
    /** Answers which share was refused, and how long those who were not had waited at the most. */
    load(seconds: number, perSecond: number): { readonly refused: number; readonly waitedMsMax: number } {
      const endMs = nowMs + seconds * 1_000
      const waiting: number[] = []
      let [asked, refused, waitedMsMax] = [0, 0, 0]
      for (let dueMs = nowMs; nowMs < endMs;) {
        for (; dueMs <= nowMs; dueMs += 1_000 / perSecond) waiting.push(dueMs)
        let ms = 0
        for (const sinceMs of waiting.splice(0, TURN_READS)) {
          asked++
          const isRefused = ask()
          if (isRefused) refused++
          else waitedMsMax = Math.max(waitedMsMax, nowMs + ms - sinceMs)
          ms += isRefused ? REFUSAL_MS : ANSWER_MS
        }
        turn(Math.max(1, ms))
      }
      return { refused: refused / asked, waitedMsMax }
    },
  }
}

test('of thrice as much as can be answered two parts of three are refused, the rest is soon answered, and none is refused once it is over', () => {
  const { load, overload, said } = given()
  assert.equal(load(10, 200).refused, 0)
  assert.deepEqual(said, [])
  load(15, 750)
  const { refused, waitedMsMax } = load(20, 750)
  assert.ok(refused > 0.6 && refused < 0.8, String(refused))
  assert.ok(waitedMsMax < 1_000, String(waitedMsMax))
  load(20, 100)
  assert.equal(overload.refusedShare, 0)
  assert.equal(load(5, 200).refused, 0)
  assert.deepEqual([said[0], said.at(-1)], [true, false])
})

test('neither a short rush nor turns that are long for another reason are an overload', () => {
  const { ask, turn, said } = given()
  for (let ms = 0; ms < FULL_FOR_MS - FULL_MS; ms += FULL_MS) {
    for (let nth = 0; nth < READS_MIN; nth++) ask()
    turn(FULL_MS)
  }
  turn(20)
  for (let nth = 0; nth < 50; nth++) {
    for (let each = 1; each < READS_MIN; each++) ask()
    turn(10 * FULL_MS)
  }
  assert.deepEqual(said, [])
})

/** Nearly all reads are refused. */
function overloaded(): ReturnType<typeof given> {
  const all = given()
  for (let nth = 0; nth < 100; nth++) {
    for (let each = 0; each < READS_MIN; each++) all.ask()
    all.turn(2 * FULL_MS)
  }
  assert.ok(all.overload.refusedShare > 0.9)
  return all
}

test('what writes, signs in, is live or tells how the server is, is never refused', () => {
  const { ask } = overloaded()
  for (const [method, url] of [
    ['POST', '/xrpc/app.waypost.feed.createCheckin'],
    ['GET', '/oauth/callback?code=1'],
    ['GET', '/health/ready'],
    ['GET', '/metrics'],
    ['GET', '/live?cursor=1'],
  ] as const)
    for (let nth = 0; nth < 100; nth++) assert.equal(ask({ method, url }), false)
})

test('who is refused is told in the shape of every error when to come again, and may read it from anywhere', async (t) => {
  const { overload } = overloaded()
  const { app } = await serve({ overload })
  t.after(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${url}/xrpc/app.waypost.feed.getGlobal?limit=7`)),
  )
  const refused = answers.find(({ status }) => status === 503)!
  assert.equal(refused.headers.get('retry-after'), '2')
  assert.equal(refused.headers.get('access-control-allow-origin'), '*')
  assert.equal(refused.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(((await refused.json()) as { error: string }).error, 'Overloaded')
})
