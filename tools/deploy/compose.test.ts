import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { OPTIONS } from '../../packages/server/src/config.ts'
import { findNatsServer } from '../nats-server.ts'

/*
 * deploy/compose.yaml and what it mounts. Held against the schema of the Compose specification, against each other and
 * against the server; and by the programs themselves where this machine has them.
 */

interface Service {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly networks: readonly string[]
  readonly restart: string
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt: readonly string[]
  readonly deploy: { readonly resources: { readonly limits: { cpus: string; memory: string; pids: number } } }
}

const text = readFileSync('deploy/compose.yaml', 'utf8')
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: object
  readonly networks: Readonly<Record<string, { internal?: boolean }>>
}
const services = Object.entries(compose.services)
const named = (pattern: RegExp): string[] => services.flatMap(([name]) => (pattern.test(name) ? [name] : []))
const nats = named(/^nats-/)
const replicas = named(/^replica-/)
const ofWaypost = services.filter(([, { environment }]) => 'WAYPOST_ENGINE' in environment)
const caddyfile = readFileSync('deploy/Caddyfile', 'utf8')
const natsConfig = readFileSync('deploy/nats.conf', 'utf8')
const example = new Map(
  readFileSync('deploy/.env.example', 'utf8')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
/** As an operator would have it. */
const filledIn = {
  ...process.env,
  ...Object.fromEntries(example),
  NATS_PASSWORD: 'n0123456789abcdef',
  WAYPOST_CLUSTER_SECRET: '0123456789abcdef0123456789abcdef',
  NATS_NAME: 'nats-1',
}

test('compose.yaml is as the Compose specification says', () => {
  const schema = JSON.parse(readFileSync('node_modules/dclint/schemas/compose.schema.json', 'utf8')) as object
  const valid = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(schema)
  assert.ok(valid(parse(text, { merge: true })), JSON.stringify(valid.errors, undefined, 2))
  assert.ok(!valid({ services: { one: { imagee: 'planted' } } }), 'a misspelt key is noticed')
})

test('there are three servers of NATS, an ingest and one that stands by, two replicas, and Caddy', () => {
  assert.deepEqual(nats, ['nats-1', 'nats-2', 'nats-3'])
  assert.deepEqual(replicas, ['replica-1', 'replica-2'])
  const roles = ofWaypost.map(([name, { environment }]) => `${name} ${environment['WAYPOST_ROLE']}`)
  assert.deepEqual(roles, ['ingest ingest', 'standby ingest', 'replica-1 replica', 'replica-2 replica'])
  assert.equal(services.length, nats.length + ofWaypost.length + 1)
})

test('every container is confined, bounded, starts again, and keeps nothing but in a volume of its own', () => {
  const kept: string[] = []
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    assert.deepEqual(service.cap_add, name === 'caddy' ? ['NET_BIND_SERVICE'] : undefined)
    assert.equal(service.restart, 'unless-stopped', name)
    const { cpus, memory, pids } = service.deploy.resources.limits
    assert.ok(Number(cpus) > 0 && /^\d+[MG]$/.test(memory) && pids > 0, name)
    for (const volume of service.volumes) {
      const [from, , access] = volume.split(':')
      if (from!.startsWith('./')) {
        assert.ok(existsSync(join('deploy', from!)), `${from} of ${name}`)
        assert.equal(access, 'ro')
      } else kept.push(from!)
    }
  }
  assert.deepEqual(kept, Object.keys(compose.volumes), 'each volume has one owner')
})

test('the world reaches Caddy alone, and the log is reached by Waypost alone', () => {
  assert.deepEqual(
    services.flatMap(([name, service]) => ('ports' in service ? [name] : [])),
    ['caddy'],
  )
  assert.deepEqual(compose.services['caddy']!.networks, ['front'])
  for (const name of nats) assert.deepEqual(compose.services[name]!.networks, ['cluster', 'log'])
  for (const [, { networks }] of ofWaypost) assert.deepEqual(networks, ['log', 'front'])
  for (const name of ['cluster', 'log']) assert.equal(compose.networks[name]!.internal, true)
})

test('every setting is an option of Waypost, and every variable has its line in .env.example', () => {
  // The role is an option of the server that runs as one of several.
  const known = new Set(OPTIONS.map(({ name }) => name))
  for (const [service, { environment }] of ofWaypost) {
    for (const name of Object.keys(environment)) assert.ok(known.has(name), `${name} of ${service}`)
  }
  const used = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]!)
  assert.deepEqual([...new Set(used)].toSorted(), [...example.keys()].toSorted())
  assert.equal(example.get('NATS_PASSWORD'), '', 'no password that everybody knows')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  assert.equal(example.get('IMAGE'), `waypost:${version}`)
})

test('images that are not ours have the same version in compose.yaml and in .env.example', () => {
  const fallbacks = [...text.matchAll(/\$\{(\w*IMAGE):-([^}]+)\}/g)].map(([, name, value]) => [name, value] as const)
  assert.equal(fallbacks.length, 3)
  for (const [name, value] of fallbacks) assert.equal(example.get(name!), value)
})

test('Waypost, the routes of NATS and Caddy name the services that there are', () => {
  const [, { environment }] = ofWaypost[0]!
  const servers = environment['WAYPOST_ENGINE']!.split('@')[1]!.split(',')
  assert.deepEqual(
    servers,
    nats.map((name) => `${name}:4222`),
  )
  const routes = [...natsConfig.matchAll(/nats:\/\/(\S+)/g)].map((match) => match[1])
  assert.deepEqual(
    routes,
    nats.map((name) => `${name}:6222`),
  )
  for (const name of nats) assert.equal(compose.services[name]!.environment['NATS_NAME'], name)
  const proxied = [...caddyfile.matchAll(/reverse_proxy (?:\/\S+ )?(.+) \{/g)].map((match) => match[1]!.split(' '))
  assert.equal(proxied.length, 2, 'the operator’s page, and all else')
  const upstreams = replicas.map((name) => `${name}:4000`)
  for (const each of proxied) assert.deepEqual(each, upstreams)
})

test('all processes are linked to all, by a secret that nobody knows beforehand', () => {
  for (const [name, { environment }] of ofWaypost) {
    const { WAYPOST_PEERS, WAYPOST_LINK_PORT, WAYPOST_CLUSTER_SECRET } = environment
    const expected = ofWaypost.map(([each]) => `${each}:${WAYPOST_LINK_PORT}`)
    assert.deepEqual(WAYPOST_PEERS!.split(','), expected, name)
    assert.equal(WAYPOST_CLUSTER_SECRET, '${WAYPOST_CLUSTER_SECRET:?is not set in .env}')
  }
  assert.equal(example.get('WAYPOST_CLUSTER_SECRET'), '')
})

test('Caddy asks where the server says whether it is ready, and shows nobody what is for the operator', () => {
  const health = readFileSync('packages/server/src/serve/health.ts', 'utf8')
  const asked = /health_uri (\S+)/.exec(caddyfile)![1]!
  assert.ok(health.includes(`'${asked}'`), `${asked} is no route`)
  // The page shows one process, and goes on with the same.
  assert.match(caddyfile, /reverse_proxy \/ops\/api\/\* .+ \{\n\t\tlb_policy cookie /)
  assert.match(caddyfile, /@operator path \/metrics \/health\/\*\n\trespond @operator 404/)
})

test('NATS keeps what it acknowledged when the power fails', () => {
  assert.match(natsConfig, /^ {2}sync_interval: always$/m)
})

const natsServer = findNatsServer()
test('nats-server takes its configuration', { skip: natsServer ? false : 'no nats-server here' }, () => {
  const { status, stderr } = spawnSync(natsServer!, ['-t', '-c', 'deploy/nats.conf'], {
    env: filledIn,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
})

const caddy = onPath('caddy')
test('caddy takes its configuration', { skip: caddy ? false : 'no caddy here' }, () => {
  const args = ['validate', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile']
  const { status, stderr } = spawnSync(caddy!, args, { env: filledIn, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

const dockerCompose = onPath('docker-compose')
test('docker-compose takes compose.yaml', { skip: dockerCompose ? false : 'no docker-compose here' }, () => {
  const args = ['--file', 'deploy/compose.yaml', 'config', '--quiet']
  const { status, stderr } = spawnSync(dockerCompose!, args, { env: filledIn, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file))
}
