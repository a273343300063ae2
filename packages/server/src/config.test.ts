import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('the config cannot be changed after it was read', () => {
  const read = readConfig({})
  assert(read.ok && Object.isFrozen(read.value) && Object.isFrozen(read.value.hosts))
})

test('the table of options names each of them once', () => {
  assert.equal(new Set(OPTIONS.map((option) => option.name)).size, OPTIONS.length)
  for (const option of OPTIONS) assert.match(describeOptions({}), new RegExp(`^${option.name} .*--${option.flag}`, 'm'))
})
