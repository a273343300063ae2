import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { openReaders, type Told } from '../src/open-loop/readers.ts'
import { arrivals } from '../src/open-loop/schedule.ts'
import { toldIn } from '../src/open-loop/told.ts'
import { openRecording } from '../src/recorded/recording.ts'

const PER_SECOND = 100
const MEASURED_MS = 2_000
const STALL_MS = 700
/** Machines that have other things to do take longer. */
const SLACK_MS = 400

const recording = await openRecording({
  seed: `readers ${process.pid}`,
  dataset: undefined,
  cohorts: 1,
  people: 4,
  checkins: 80,
})
after(() => {
  recording[Symbol.dispose]()
  rmSync(recording.folder, { recursive: true })
})

/** Answers at once, but for the time in which it stands still; whoever follows live is told what `tell` says. */
async function standIn(options: { readonly failsAt?: RegExp } = {}) {
  const following = new Set<ServerResponse>()
  let standsStillUntil = 0
  const server = createServer((request, response) => {
    if (request.url === '/live') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('retry: 2000\n\n')
      following.add(response)
      response.once('close', () => following.delete(response))
      return
    }
    const place = { id: 'place:1', name: 'Blue Door', geo: { latitude: '40.7', longitude: '-74' } }
    const body = JSON.stringify({ feed: [{ uri: 'at://a/b/c', author: { did: 'did:plc:a' }, place }] })
    const status = options.failsAt?.test(request.url ?? '') ? 503 : 200
    const answer = (): unknown => response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    setTimeout(answer, Math.max(0, standsStillUntil - performance.now()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    following,
    standStill: (ms: number) => void (standsStillUntil = performance.now() + ms),
    tell(uri: string) {
      for (const each of following)
        each.write(`id: 1\nevent: checkin\ndata: ${JSON.stringify({ checkin: { uri } })}\n\n`)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const RUN = { perSecond: PER_SECOND, warmUpMs: 300, measuredMs: MEASURED_MS, seed: 3, told: undefined }

test('a stall of the server is in the latencies of everybody who would have asked meanwhile', async () => {
  await using server = await standIn()
  await using readers = openReaders(realWorld(), { server: server.url, recording })
  await readers.prepare([])
  await readers.follow(3)
  setTimeout(() => server.standStill(STALL_MS), 1_000)
  let ticks = 0
  const reading = await readers.read(RUN, () => void ticks++)
  assert.equal(reading.failed, 0)
  assert.ok(ticks >= 2)
  assert.equal(reading.followers, 3)
  const { count, p50, p90, max } = reading.reads
  assert.ok(count > 150 && count < 250, `${count} were asked`)
  // About a third of them asked while it stood still, evenly; by a closed loop it would be one.
  assert.ok(p50 < STALL_MS && max > STALL_MS * 0.8 && max < STALL_MS + SLACK_MS, `p50 ${p50}, max ${max}`)
  assert.ok(p90 > STALL_MS * 0.5, `p90 ${p90}`)
})

test('news is as old as when it was due, and what nobody was told is missing', async () => {
  await using server = await standIn()
  await using readers = openReaders(realWorld(), { server: server.url, recording })
  await readers.prepare([])
  const from = recording.opening
  const told: Told = { from, through: recording.length, atMs: Date.now(), perSecond: 20, seed: 9 }
  const times = arrivals({ perSecond: 20, count: told.through - from, seed: 9 })
  const checkins = [...toldIn(recording, from, told.through)]
  const lateMs = 250
  for (const [nth, [uri, number]] of checkins.entries()) {
    if (nth % 10 !== 0) setTimeout(() => server.tell(uri), times[number - from]! + lateMs)
  }
  const reading = await readers.read({ ...RUN, told }, () => undefined)
  const counted = checkins
    .map(([, number], nth) => ({ nth, dueMs: times[number - from]! }))
    .filter(({ dueMs }) => dueMs >= RUN.warmUpMs && dueMs < RUN.warmUpMs + MEASURED_MS)
  assert.equal(reading.freshness.count, counted.length)
  assert.equal(reading.missing, counted.filter(({ nth }) => nth % 10 === 0).length)
  assert.ok(reading.missing > 0 && reading.missing < counted.length / 2)
  const { p50, max } = reading.freshness
  assert.ok(p50 >= lateMs - 2 && p50 < lateMs + SLACK_MS, `p50 ${p50}`)
  // What was never told is late by all the time there was.
  assert.ok(max > 3_000, `max ${max}`)
})

test('answers that are none are faults by their reason, and whoever is hung up on is lost', async () => {
  await using server = await standIn({ failsAt: /getMap/ })
  await using readers = openReaders(realWorld(), { server: server.url, recording })
  await readers.prepare([])
  await readers.follow(5)
  // The sixth looks at the clock, and comes last.
  setTimeout(() => {
    for (const each of [...server.following].slice(0, 2)) each.destroy()
  }, 500)
  const reading = await readers.read({ ...RUN, measuredMs: 1_000 }, () => undefined)
  assert.deepEqual(
    reading.faults.map(([why]) => why),
    ['503'],
  )
  assert.equal(reading.failed, reading.byQuestion.map!.count)
  assert.equal(reading.lost, 2)
  await assert.rejects(
    openReaders(realWorld(), { server: server.url, recording }).read(RUN, () => undefined),
    /nothing is known/,
  )
})
