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
