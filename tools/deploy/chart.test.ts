import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import type { IIoK8sApiCoreV1PodSpec as PodSpec } from 'kubernetes-models/v1/PodSpec'
import { parse } from 'yaml'
import { OPTIONS } from '../../packages/server/src/config.ts'
import { objectsIn, renderChart, valuesOf, type KubernetesObject } from './render-chart.ts'

/*
 * The chart in deploy/helm, rendered by go-template.ts, since no registry that we build from has Helm. Its dependency,
 * the chart of NATS, is not here either: of that one only what we set is looked at.
 */

const CHART = 'deploy/helm/waypost'
const LEAST = { publicUrl: 'https://waypost.example', engine: { secretName: 'waypost-engine' } }
const EVERYTHING = {
  ...LEAST,
  hosts: ['https://pds.example', 'https://relay.example'],
  settings: { WAYPOST_LOG_LEVEL: 'warn', WAYPOST_CHECK_THREADS: 2 },
  settingsSecretName: 'waypost-push',
  links: { secretName: 'waypost-links' },
  image: { digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  replica: { count: 3, storageClassName: 'fast' },
  ingress: { enabled: true, className: 'any', annotations: { 'example.org/a': 'b' }, tlsSecretName: 'waypost-tls' },
  networkPolicy: {
    fromNamespaceLabels: { 'kubernetes.io/metadata.name': 'ingress' },
    metricsNamespaceLabels: { 'kubernetes.io/metadata.name': 'monitoring' },
    egress: [{ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }],
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
}
const NATS_ELSEWHERE = {
  ...LEAST,
  nats: { enabled: false },
  networkPolicy: { natsPodLabels: { app: 'nats' }, natsNamespaceLabels: { team: 'log' } },
}

const rendered = new Map(
  Object.entries({ LEAST, EVERYTHING, NATS_ELSEWHERE }).map(([name, over]) => [name, objectsOf(over)]),
)
const everything = rendered.get('EVERYTHING')!
const sets = everything.filter(({ kind }) => kind === 'StatefulSet') as (KubernetesObject & { spec: StatefulSet })[]

interface StatefulSet {
  readonly replicas: number
  readonly serviceName: string
  readonly template: { readonly metadata: KubernetesObject['metadata']; readonly spec: PodSpec }
}

test('every object is as the schemas of Kubernetes and of the Prometheus operator say', async () => {
  for (const [name, objects] of rendered) {
    for (const object of objects) assert.deepEqual(await faultsOf(object), [], `${object.kind} of ${name}`)
  }
  const planted = { ...sets[0]!, spec: { ...sets[0]!.spec, replicas: 'two' } }
  assert.equal((await faultsOf(planted)).length, 1, 'a planted fault is noticed')
})

test('no object has a field that Kubernetes does not know', { timeout: 60_000 }, () => {
  const objects = [...rendered.values()].flat()
  assert.equal(compiled(objects), '')
  const planted = structuredClone(sets[0]!) as unknown as { spec: { template: { spec: Record<string, unknown> } } }
  planted.spec.template.spec['terminationGracePeriod'] = 45
  assert.match(compiled([planted as unknown as KubernetesObject]), /terminationGracePeriod"?' does not exist/)
})

test('what must be set is asked for by name, and what cannot be meant is refused', () => {
  assert.throws(() => objectsOf({}), { message: 'publicUrl is not set' })
  assert.throws(() => objectsOf({ publicUrl: LEAST.publicUrl }), { message: 'engine.secretName is not set' })
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as object
  const valid = new Ajv({ allowUnionTypes: true }).compile(schema)
  for (const over of [{}, LEAST, EVERYTHING, NATS_ELSEWHERE]) {
    assert.ok(valid(valuesOf(CHART, over)), JSON.stringify(valid.errors))
  }
  const wrong = [
    { publicUrl: 'http://waypost.example' },
    { publicUrl: 'https://waypost.example/' },
    { replica: { count: 0 } },
    { image: { digest: 'sha256:12' } },
    { settings: { WAYPOST_ENGINE: 'nats://in:plain@sight:4222' } },
    { settings: { LOG_LEVEL: 'info' } },
    { settings: { WAYPOST_CLUSTER_SECRET: 'in plain sight' } },
    { replicas: 3 },
  ]
  for (const over of wrong) assert.equal(valid(valuesOf(CHART, over)), false, JSON.stringify(over))
})

test('there are replicas and ingest, each with its role, its volume, and a budget of one that may be away', () => {
  assert.deepEqual(
    sets.map(({ spec }) => [roleOf(spec), spec.replicas]),
    [
      ['ingest', 2],
      ['replica', 3],
    ],
  )
  const budgets = everything.filter(({ kind }) => kind === 'PodDisruptionBudget')
  assert.deepEqual(
    budgets.map(({ spec }) => (spec as { maxUnavailable: number }).maxUnavailable),
    [1, 1],
  )
})

test('whatever selects pods selects those of one part, and of every part that it should', () => {
  const chosen = (kind: string, pick: (object: KubernetesObject) => unknown): Record<string, string[]> =>
    Object.fromEntries(
      everything
        .filter((object) => object.kind === kind)
        .map((object) => [object.metadata.name.replace(/^test-waypost-?/, ''), selected(pick(object))]),
    )
  const byLabels = ({ spec }: KubernetesObject): unknown =>
    (spec as { selector?: { matchLabels: object } }).selector?.matchLabels
  assert.deepEqual(chosen('StatefulSet', byLabels), { ingest: ['ingest'], replica: ['replica'] })
  assert.deepEqual(chosen('PodDisruptionBudget', byLabels), { ingest: ['ingest'], replica: ['replica'] })
  assert.deepEqual(
    chosen('Service', ({ spec }) => (spec as { selector?: object }).selector),
    { '': ['replica'], ingest: ['ingest'], replica: ['replica'], nobody: [] },
  )
  assert.deepEqual(
    chosen('NetworkPolicy', ({ spec }) => (spec as { podSelector: { matchLabels: object } }).podSelector.matchLabels),
    { replica: ['replica'], ingest: ['ingest'], nats: [] },
  )
  const services = everything.flatMap(({ kind, metadata }) => (kind === 'Service' ? [metadata.name] : []))
  for (const { spec } of sets) assert.ok(services.includes(spec.serviceName))
})

test('no pod is root, writes outside its volume, has a token, or hears of services by its environment', () => {
  for (const { spec } of sets) {
    const pod = spec.template.spec
    assert.equal(pod.automountServiceAccountToken, false)
    assert.equal(pod.enableServiceLinks, false)
    assert.equal(pod.securityContext!.runAsNonRoot, true)
    assert.deepEqual(pod.securityContext!.seccompProfile, { type: 'RuntimeDefault' })
    const [container] = pod.containers
    assert.deepEqual(container!.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.deepEqual(
      container!.volumeMounts!.map(({ mountPath }) => mountPath),
      ['/data', '/tmp'],
    )
    assert.ok(container!.resources!.requests && container!.resources!.limits)
    const user = /^USER (\d+):(\d+)$/m.exec(readFileSync('Dockerfile', 'utf8'))!
    assert.equal(pod.securityContext!.runAsUser, Number(user[1]))
    assert.equal(pod.securityContext!.fsGroup, Number(user[2]))
  }
})

test('probes ask where the server answers, and there is time to drain', () => {
  const health = readFileSync('packages/server/src/serve/health.ts', 'utf8')
  const drainMs = /DRAIN_MS_MAX = ([\d_]+)/.exec(readFileSync('packages/server/src/main.ts', 'utf8'))![1]!
  for (const { spec } of sets) {
    const { containers, terminationGracePeriodSeconds } = spec.template.spec
    const { startupProbe, readinessProbe, livenessProbe, lifecycle } = containers[0]!
    const paths = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe!.httpGet!.path!)
    assert.deepEqual(paths, ['/health/live', '/health/ready', '/health/live'])
    for (const path of paths) assert.ok(health.includes(`'${path}'`), path)
    const [program, ...args] = lifecycle!.preStop!.exec!.command!
    assert.equal(program, 'node')
    const waitSeconds = Number(/setTimeout\(\(\) => \{\}, (\d+) \* 1000\)/.exec(args.at(-1)!)![1])
    assert.ok(terminationGracePeriodSeconds! > waitSeconds + Number(drainMs.replace('_', '')) / 1_000)
  }
})

test('every setting is an option of Waypost, and secrets come from Secrets', () => {
  // The role is an option of the server that runs as one of several.
  const known = new Map(OPTIONS.map(({ name, secret }) => [name, secret] as const))
  for (const { spec } of sets) {
    const { env, envFrom } = spec.template.spec.containers[0]!
    for (const { name, value } of env!) {
      assert.ok(known.has(name), name)
      if (known.get(name)) assert.equal(value, undefined, `${name} is secret`)
    }
    assert.deepEqual(envFrom, [{ secretRef: { name: 'waypost-push' } }])
  }
})

test('pods are linked by the Services that name each of them, and nobody else reaches that port', () => {
  const { services, policies } = {
    services: everything.filter(({ kind }) => kind === 'Service'),
    policies: everything.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && !metadata.name.endsWith('nats')),
  }
  for (const { spec } of sets) {
    const { env, ports } = spec.template.spec.containers[0]!
    const valueOf = (name: string) => env!.find((each) => each.name === name)
    const port = ports!.find(({ name }) => name === 'link')!.containerPort
    assert.equal(valueOf('WAYPOST_LINK_PORT')!.value, String(port))
    assert.equal(valueOf('WAYPOST_CLUSTER_SECRET')!.valueFrom!.secretKeyRef!.name, 'waypost-links')
    const peers = valueOf('WAYPOST_PEERS')!.value!.split(',')
    assert.equal(peers.length, sets.length)
    for (const peer of peers) {
      const service = services.find(({ metadata }) => peer === `${metadata.name}:${port}`)
      assert.ok(service, peer)
      assert.equal((service.spec as { clusterIP?: string }).clusterIP, 'None', peer)
    }
  }
  for (const { spec } of policies) {
    const { ingress, egress } = spec as Record<
      'ingress' | 'egress',
      { from?: object[]; to?: object[]; ports?: object[] }[]
    >
    const rules = [...ingress, ...egress].filter(({ ports }) => JSON.stringify(ports ?? []).includes('"link"'))
    assert.equal(rules.length, 2)
    for (const { from, to } of rules) assert.deepEqual(Object.keys((from ?? to)![0]!), ['podSelector'])
    for (const { from, to } of rules) assert.equal((from ?? to)!.length, 1)
  }
  assert.ok(!JSON.stringify(rendered.get('LEAST')).includes('4100'), 'without a secret there are no links')
})

test('the world does not see the figures, and pods reach nothing private but NATS, names and what is allowed', () => {
  const ingress = everything.find(({ kind }) => kind === 'Ingress')!.spec as {
    rules: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[]
  }
  assert.deepEqual(
    ingress.rules[0]!.http.paths.map(({ path, backend }) => `${path} ${backend.service.name}`),
    ['/metrics test-waypost-nobody', '/health test-waypost-nobody', '/ test-waypost'],
  )
  const policies = everything.filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && !metadata.name.endsWith('nats'),
  )
  assert.equal(policies.length, 2)
  for (const { spec } of policies) {
    const text = JSON.stringify((spec as { egress: unknown }).egress)
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7']) {
      assert.ok(text.includes(range), range)
    }
  }
})

test('the chart has the version of Waypost, and pins a NATS that is safe for a log', () => {
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as {
    version: string
    appVersion: string
    dependencies: { name: string; version: string }[]
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  assert.deepEqual([chart.version, chart.appVersion], [version, version])
  assert.deepEqual(
    chart.dependencies.map(({ name }) => name),
    ['nats'],
  )
  assert.match(chart.dependencies[0]!.version, /^\d+\.\d+\.\d+$/)
  const { nats } = valuesOf(CHART) as {
    nats: { container: { image: { tag: string } }; config: { jetstream: { merge: object }; cluster: object } }
  }
  assert.deepEqual(nats.config.jetstream.merge, { sync_interval: 'always' })
  assert.deepEqual(nats.config.cluster, { enabled: true, replicas: 3 })
  const inCompose = /NATS_IMAGE:-nats:([^}]+)\}/.exec(readFileSync('deploy/compose.yaml', 'utf8'))![1]
  assert.equal(nats.container.image.tag, inCompose)
})

function objectsOf(over: Readonly<Record<string, unknown>>): KubernetesObject[] {
  return objectsIn(renderChart(CHART, { release: 'test', values: valuesOf(CHART, over) }))
}

function roleOf({ template }: StatefulSet): string | undefined {
  return template.spec.containers[0]!.env!.find(({ name }) => name === 'WAYPOST_ROLE')?.value
}

/** The parts whose pods have these labels. */
function selected(labels: unknown): string[] {
  if (labels === undefined) return []
  return sets.flatMap(({ spec }) => {
    const has = spec.template.metadata.labels
    return Object.entries(labels as object).every(([key, value]) => has[key] === value) ? [roleOf(spec)!] : []
  })
}

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const isCustom = apiVersion.startsWith('monitoring.coreos.com/')
  return `${isCustom ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}/${kind}`
}

async function faultsOf(object: KubernetesObject): Promise<string[]> {
  const module = (await import(moduleOf(object))) as Record<string, new (data: object) => { validate(): void }>
  try {
    new module[object.kind]!(object).validate()
    return []
  } catch (fault) {
    return [(fault as Error).message]
  }
}

/** What the compiler says of objects written as literals of their types: it knows every field, and no other. */
function compiled(objects: readonly KubernetesObject[]): string {
  const folder = mkdtempSync('node_modules/.cache-chart-')
  try {
    const lines = objects.map((object, at) => {
      const type = `import('${moduleOf(object)}').I${object.kind}`
      return `export const object${at}: ${type} = ${JSON.stringify(object)}`
    })
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'))
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '']
    return spawnSync('node_modules/.bin/tsc', ['--ignoreConfig', ...flags, join(folder, 'objects.ts')], {
      encoding: 'utf8',
    }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}
