import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEngineChoice } from './engine-choice.ts'

test('servers of NATS are named once by their scheme, and watched at their usual port', () => {
  assert.deepEqual(readEngineChoice('nats://ops:pass@a.example:4222, b.example:4222,nats://c.example', ''), {
    ok: true,
    value: {
      kind: 'nats',
      servers: ['nats://ops:pass@a.example:4222', 'nats://b.example:4222', 'nats://c.example'],
      monitors: ['http://a.example:8222', 'http://b.example:8222', 'http://c.example:8222'],
    },
  })
})

test('where the monitoring is may be said', () => {
  const choice = readEngineChoice('tls://a.example:4222', 'http://10.0.0.1:9000')
  assert.ok(choice.ok && choice.value.kind === 'nats')
  assert.deepEqual(choice.value.monitors, ['http://10.0.0.1:9000'])
})

test('an engine that cannot be meant is refused, and no password repeated', () => {
  for (const text of ['', 'Embedded', 'redis://a', 'nats://', 'nats://a/stream', 'nats://a:1,tls://b:1', 'a:4222']) {
    assert.equal(readEngineChoice(text, '').ok, false, text)
  }
  const refused = readEngineChoice('nats://ops:opensesame@a.example/x', '')
  assert.ok(!refused.ok)
  assert.doesNotMatch(refused.error, /opensesame/)
  assert.equal(readEngineChoice('embedded', 'http://a:8222').ok, false)
  assert.equal(readEngineChoice('nats://a:4222', 'a:8222').ok, false)
})
