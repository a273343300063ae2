import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePushKeys } from '#serve/push/keys.ts'
import { describeOptions, OPTIONS, readConfig } from './config.ts'

test('every option has a default that works on a laptop', () => {
  const read = readConfig({})
  assert(read.ok)
  assert.equal(read.value.port, 4000)
  assert.equal(read.value.host, '127.0.0.1')
  assert.equal(read.value.serviceDid, 'did:web:localhost')
  assert.deepEqual(read.value.hosts, [])
})

test('an unknown WAYPOST name refuses the start and names the nearest option', () => {
  const read = readConfig({ WAYPOST_PROT: '4001', PATH: '/bin' })
  assert(!read.ok)
  assert.deepEqual(read.error, ['WAYPOST_PROT is not an option of Waypost: did you mean WAYPOST_PORT?'])
})

test('a public address is an https one, or this very machine', () => {
  assert.equal(readConfig({ WAYPOST_PUBLIC_URL: 'https://waypost.example' }).ok, true)
  assert.equal(readConfig({ WAYPOST_PUBLIC_URL: 'http://127.0.0.1:4000' }).ok, true)
  assert.equal(readConfig({ WAYPOST_PUBLIC_URL: 'http://waypost.example' }).ok, false)
})

test('a flag wins over the environment', () => {
  const read = readConfig({ WAYPOST_PORT: '4001' }, { port: '4002' })
  assert(read.ok)
  assert.equal(read.value.port, 4002)
})

test('values that cannot be meant are refused, each with its line', () => {
  const read = readConfig({
    WAYPOST_PORT: '70000',
    WAYPOST_LOG_LEVEL: 'loud',
    WAYPOST_PUBLIC_URL: 'https://waypost.example/app',
    WAYPOST_SANDBOX: 'file:///etc',
    WAYPOST_HOSTS: 'ftp://pds.example',
    WAYPOST_SERVICE_DID: 'waypost',
    WAYPOST_CHECK_THREADS: '1e3',
  })
  assert(!read.ok)
  assert.equal(read.error.length, 7)
})

test('hosts may be written as names, as addresses of a PDS or as firehose addresses', () => {
  const read = readConfig({ WAYPOST_HOSTS: 'relay.example, https://pds.example/xrpc ,ws://127.0.0.1:2583' })
  assert(read.ok)
  assert.deepEqual(read.value.hosts, ['https://relay.example', 'https://pds.example', 'http://127.0.0.1:2583'])
})

test('web push needs a pair of keys and a subject, or none of them', () => {
  const [one, other] = [makePushKeys(), makePushKeys()]
  const push = ({ publicKey, privateKey } = one, subject = 'mailto:ops@waypost.example') => ({
    WAYPOST_PUSH_PUBLIC_KEY: publicKey,
    WAYPOST_PUSH_PRIVATE_KEY: privateKey,
    WAYPOST_PUSH_SUBJECT: subject,
  })
  const read = readConfig(push())
  assert.deepEqual(read.ok && read.value.pushKeys, { ...one, subject: 'mailto:ops@waypost.example' })
  assert.deepEqual(readConfig({}).ok, true)
  for (const wrong of [
    { WAYPOST_PUSH_PUBLIC_KEY: one.publicKey },
    push({ ...one, privateKey: other.privateKey }),
    push({ ...one, privateKey: 'AAAA' }),
    push({ ...one, privateKey: Buffer.alloc(32).toString('base64url') }),
    push(one, 'ops'),
  ]) {
    const refused = readConfig(wrong)
    assert.equal(!refused.ok && refused.error.length, 1)
  }
  assert.doesNotMatch(describeOptions(push()), new RegExp(one.privateKey))
})

test('tiles are an archive that is there, or a URL, and not beside a style that draws its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-tiles-'))
  const file = join(folder, 'city.pmtiles')
  try {
    writeFileSync(file, 'PMTiles\u0003 and so on')
    const [own, foreign] = [
      readConfig({ WAYPOST_TILES: file }),
      readConfig({ WAYPOST_TILES: 'https://tiles.example/a' }),
    ]
    assert.equal(own.ok && own.value.tiles?.kind, 'file')
    assert.deepEqual(foreign.ok && foreign.value.tiles, { kind: 'url', url: 'https://tiles.example/a' })
    writeFileSync(file, 'no archive')
    for (const wrong of [
      { WAYPOST_TILES: file },
      { WAYPOST_TILES: join(folder, 'absent') },
      { WAYPOST_TILES: folder },
      { WAYPOST_TILES: 'https://tiles.example/a', WAYPOST_MAP_STYLE: 'https://style.example/' },
    ]) {
      const refused = readConfig(wrong)
      assert.equal(!refused.ok && refused.error.length, 1)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the config cannot be changed after it was read', () => {
  const read = readConfig({})
  assert(read.ok && Object.isFrozen(read.value) && Object.isFrozen(read.value.hosts))
})

test('the table of options names each of them once', () => {
  assert.equal(new Set(OPTIONS.map((option) => option.name)).size, OPTIONS.length)
  for (const option of OPTIONS) assert.match(describeOptions({}), new RegExp(`^${option.name} .*--${option.flag}`, 'm'))
})

test('half of the way is for an engine that others share; there a server drains, and keeps snapshots', () => {
  const nats = { WAYPOST_ENGINE: 'nats://127.0.0.1' }
  const alone = readConfig({})
  assert(alone.ok)
  const { role, drainMs, snapshotEveryMs } = alone.value
  assert.deepEqual([role, drainMs, snapshotEveryMs], ['all', 0, undefined])
  const shared = readConfig({ ...nats, WAYPOST_ROLE: 'replica' })
  assert(shared.ok)
  assert.deepEqual(
    [shared.value.role, shared.value.drainMs, shared.value.snapshotEveryMs],
    ['replica', 5_000, 3_600_000],
  )
  for (const wrong of [
    { WAYPOST_ROLE: 'ingest' },
    { ...nats, WAYPOST_ROLE: 'leader' },
    { ...nats, WAYPOST_DRAIN_SECONDS: '21' },
    { ...nats, WAYPOST_SNAPSHOT_MINUTES: '-1' },
  ]) {
    const refused = readConfig(wrong)
    assert.equal(!refused.ok && refused.error.length, 1)
  }
})

test('links need a secret that nobody guesses, a port of their own, and others to be linked to', () => {
  const secret = '5f2c8e1b9a7d4036'.repeat(3)
  const links = {
    WAYPOST_ENGINE: 'nats://127.0.0.1',
    WAYPOST_LINK_PORT: '4100',
    WAYPOST_CLUSTER_SECRET: secret,
    WAYPOST_PEERS: 'replica-1:4100, [::1]:4101,10.0.0.7:4100',
  }
  const read = readConfig(links)
  assert(read.ok)
  assert.deepEqual(read.value.links, {
    host: '127.0.0.1',
    port: 4100,
    secret,
    peers: ['replica-1:4100', '[::1]:4101', '10.0.0.7:4100'],
  })
  const off = readConfig({ WAYPOST_CLUSTER_SECRET: secret })
  assert.equal(off.ok && off.value.links, undefined)
  for (const [wrong, name] of [
    [{ ...links, WAYPOST_CLUSTER_SECRET: '' }, 'WAYPOST_CLUSTER_SECRET'],
    [{ WAYPOST_LINK_PORT: '', WAYPOST_CLUSTER_SECRET: secret, WAYPOST_PEERS: 'a:1' }, 'WAYPOST_PEERS'],
    [{ ...links, WAYPOST_CLUSTER_SECRET: secret.slice(0, 31) }, 'WAYPOST_CLUSTER_SECRET'],
    [{ ...links, WAYPOST_CLUSTER_SECRET: 'a'.repeat(64) }, 'WAYPOST_CLUSTER_SECRET'],
    [{ ...links, WAYPOST_LINK_PORT: '4000' }, 'WAYPOST_LINK_PORT'],
    [{ ...links, WAYPOST_LINK_PORT: '70000' }, 'WAYPOST_LINK_PORT'],
    [{ ...links, WAYPOST_PEERS: 'replica-1' }, 'WAYPOST_PEERS'],
    [{ ...links, WAYPOST_ENGINE: 'embedded' }, 'WAYPOST_LINK_PORT'],
  ] as const) {
    const refused = readConfig(wrong)
    assert(!refused.ok)
    assert.equal(refused.error.length, 1, refused.error.join())
    assert.ok(refused.error[0]!.startsWith(name))
    assert.ok(!refused.error[0]!.includes(secret.slice(0, 16)))
  }
  assert.doesNotMatch(describeOptions(links), new RegExp(secret))
})

test('the password of the operator is long, or there is none', () => {
  const read = (password: string) => readConfig({ WAYPOST_OPS_PASSWORD: password })
  const [none, long, short] = [read(''), read('sixteen letters!'), read('fifteen letters')]
  assert(none.ok && long.ok && !short.ok)
  assert.deepEqual([none.value.opsPassword, long.value.opsPassword], [undefined, 'sixteen letters!'])
  assert.match(short.error.join(), /WAYPOST_OPS_PASSWORD/)
  assert.doesNotMatch(short.error.join(), /fifteen/)
  assert.doesNotMatch(describeOptions({ WAYPOST_OPS_PASSWORD: 'sixteen letters!' }), /sixteen/)
})

test('a collector is named as OpenTelemetry names it, and nowhere is the default', () => {
  const [none, some] = [
    readConfig({}),
    readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/', OTEL_TRACES_SAMPLER_ARG: '0.25' }),
  ]
  assert(none.ok && some.ok)
  assert.equal(none.value.otlp, undefined)
  assert.deepEqual(some.value.otlp, { endpoint: 'http://127.0.0.1:4318', serviceName: 'waypost', ratio: 0.25 })
  for (const fault of [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_SAMPLER_ARG: '1.5' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_SAMPLER_ARG: 'half' },
  ])
    assert.equal(readConfig(fault).ok, false)
})
