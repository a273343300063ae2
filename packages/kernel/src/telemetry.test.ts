import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTelemetry } from './telemetry.ts'

test('coordinates and tokens are withheld from log lines, however they got there', () => {
  const lines: string[] = []
  const { log } = createTelemetry({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  log.info(
    { geo: { latitude: '48.85341', longitude: '2.3488' }, request: { headers: { cookie: 'id=opensesame' } } },
    'a',
  )
  log.info({ checkin: { place: { geo: { latitude: '48.85341' } } }, accessJwt: 'opensesame' }, 'b')
  assert.equal(lines.length, 2)
  assert.doesNotMatch(lines.join(), /48\.85|2\.3488|opensesame/)
})

test('the newest warnings and faults are held, by their words alone', () => {
  const clock = { now: () => 1_000 }
  const telemetry = createTelemetry({ level: 'info', destination: { write() {} }, clock })
  telemetry.log.info({}, 'all is well')
  telemetry.log.warn({ cookie: 'opensesame', err: new TypeError('no answer') }, 'trying again')
  telemetry.log.error('broken')
  telemetry.log.child({ part: 'a' }).fatal({ token: 'opensesame' }, 'the end')
  assert.deepEqual(telemetry.faults(), [
    { atMs: 1_000, level: 'fatal', text: 'the end' },
    { atMs: 1_000, level: 'error', text: 'broken' },
    { atMs: 1_000, level: 'warn', text: 'trying again', error: 'TypeError: no answer' },
  ])
  for (let n = 0; n < 100; n++) telemetry.log.warn({}, `number ${n}`)
  assert.deepEqual([telemetry.faults().length, telemetry.faults()[0]!.text], [50, 'number 99'])
})
