/** What a collector gets from a real server: one trace a check-in across all stages, metrics, and log lines. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld, tidFrom } from '@waypost/kernel'
import { createSignedRepo, generatePeople, startDocumentDirectory, startFakeHost } from '@waypost/load'
import { freePort } from '../../../tools/free-port.ts'
import { LiveReader } from './kit/live-reader.ts'
import { startServerProcess, waitUntil } from './kill9-process.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
}

/** As the protocol's JSON has them. */
interface Received {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[]
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[]
  }[]
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[]
    }[]
  }[]
}

async function startCollector() {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(chunks).toString()) as Received)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      received.flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
    metrics: () =>
      received.flatMap(({ resourceMetrics = [] }) =>
        resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
      ),
    lines: () =>
      received.flatMap(({ resourceLogs = [] }) =>
        resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
      ),
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

test('one check-in is one trace, from its commit to those who follow live', async () => {
  const world = realWorld()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-traces-'))
  await using collector = await startCollector()
  await using host = await startFakeHost({ world })
  await using directory = await startDocumentDirectory()
  const [person] = await generatePeople('traces', 1)
  const { did, handle, key } = person!
  host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  directory.put({ did, handle, signingKey: key.did, pds: host.url })
  await using server = startServerProcess({
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
  })
  try {
    await waitUntil('it is ready', server, async () => (await fetch(`${server.url}/health/ready`)).ok)
    const reader = new LiveReader()
    await reader.follow(server.url)
    const at = world.clock.now() * 1_000
    for (const [seen, micros] of [at, at + 1_000].entries()) {
      const record = {
        $type: 'app.waypost.checkin',
        createdAt: new Date(micros / 1_000).toISOString(),
        place: { name: 'Corner' },
      }
      const write = { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record } as const
      await host.emit({ kind: 'commit', did, writes: [write], at: micros })
      await waitUntil('it is told live', server, () => reader.events.length > seen)
    }
    reader.close()
    // What waits is sent before the end.
    await server.stop()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }

  const roots = collector.spans().filter(({ name }) => name === 'checkin')
  const newest = roots.at(-1)!
  const trace = collector.spans().filter(({ traceId }) => traceId === newest.traceId)
  assert.deepEqual(trace.map(({ name }) => name).toSorted(), ['checkin', 'live', 'log', 'project', 'verify', 'wire'])
  const named = (name: string) => trace.find((span) => span.name === name)!
  for (const name of ['wire', 'verify', 'log', 'project']) assert.equal(named(name).parentSpanId, newest.spanId, name)
  assert.equal(named('live').parentSpanId, named('project').spanId)
  assert.equal(newest.parentSpanId, undefined)
  const inOrder = ['wire', 'verify', 'log', 'project', 'live'].map((name) => BigInt(named(name).endTimeUnixNano))
  assert.deepEqual(
    inOrder,
    inOrder.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  )
  const about = newest.attributes.find(({ key: name }) => name === 'waypost.checkin.uri')?.value.stringValue
  assert.match(about ?? '', new RegExp(`^at://${did}/app\\.waypost\\.checkin/`))

  const metrics = new Set(collector.metrics().map(({ name }) => name))
  for (const name of ['waypost_frames_total', 'waypost_stage_seconds', 'waypost_engine_up'])
    assert.ok(metrics.has(name))
  assert.ok(collector.lines().some(({ body }) => body.stringValue === 'serving'))
})

test('nothing of OpenTelemetry is loaded where no collector is named', () => {
  for (const file of globSync('packages/server/src/**/*.ts').filter((name) => !name.endsWith('.test.ts'))) {
    const text = readFileSync(file, 'utf8')
    for (const [line] of text.matchAll(/^import .*('@opentelemetry\/|ops\/otlp\.ts').*$/gm))
      assert.match(line, /^import type /, `${file}: ${line}`)
  }
})
