import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { parse } from 'yaml'
import { createEvents } from '../../packages/server/src/events.ts'
import { FRESHNESS, WINDOWS } from '../../packages/server/src/serve/ops/objective.ts'

/* What Prometheus and Grafana are told in deploy/, held against what a server says at /metrics. */

const ALERTS = 'deploy/alerts/waypost.yml'
const DASHBOARD = 'deploy/dashboards/waypost.json'

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly labels?: { readonly severity: string }
  readonly annotations?: { readonly summary: string; readonly runbook: string }
}

const rules = (parse(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined)

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}

const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: readonly Panel[] }

/** What prom-client tells of any process of Node. */
const OF_NODE = /^waypost_(process|nodejs)_/

/** Every other name that a server has, as Prometheus sees it. */
async function names(): Promise<ReadonlySet<string>> {
  const telemetry = createTelemetry({ level: 'silent' })
  createEvents(telemetry, { clock: realWorld().clock })
  const all = await telemetry.metrics.getMetricsAsJSON()
  return new Set(
    all.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
}

test('every figure that the rules and the dashboard name is one that a server has', async () => {
  const known = await names()
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []))
  const asked = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ]
  const named = new Set(asked.flatMap((expr) => [...expr.matchAll(/\bwaypost[:_][a-z0-9:_]+/g)].map(([name]) => name)))
  assert.ok(named.size >= 20, 'the names were found')
  assert.deepEqual(
    [...named].filter((name) => !known.has(name) && !recorded.has(name) && !OF_NODE.test(name)),
    [],
  )
})

test('every alert says how bad it is, and has its line in the page for operators', () => {
  const page = readFileSync('docs/operate.md', 'utf8')
  assert.ok(alerts.length >= 12)
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels?.severity ?? '', /^(page|ticket)$/, alert)
    assert.equal(annotations?.runbook, `docs/operate.md#${alert.toLowerCase()}`)
    const line = page.split('\n').find((row) => row.startsWith(`| <a id="${alert.toLowerCase()}"></a>\`${alert}\` `))
    assert.ok(line, `${alert} has no line in docs/operate.md`)
    assert.ok(line.includes(`| ${labels?.severity} `), `${alert}: how bad it is`)
  }
})

test('the promise is one: the same time and share in the rules, on the dashboard and on the operator’s page', () => {
  const { metric, withinSeconds, target } = FRESHNESS
  const late = rules.filter(({ record }) => record?.startsWith('waypost:late:'))
  for (const { name } of WINDOWS) {
    const rule = late.find(({ record }) => record === `waypost:late:ratio_rate${name}`)
    assert.ok(rule?.expr.includes(`${metric}_bucket{le="${withinSeconds}"}[${name}]`), name)
  }
  const budget = (1 - target).toFixed(2)
  const burning = alerts.filter(({ expr }) => expr.includes('waypost:late:'))
  assert.equal(burning.length, 3)
  for (const { expr } of burning) assert.equal(expr.split(/[ *]+/).filter((part) => part === budget).length, 2, expr)
})

test('the promise falls on a bound of its histogram', async () => {
  const telemetry = createTelemetry({ level: 'silent' })
  createEvents(telemetry, { clock: realWorld().clock }).fresh(FRESHNESS.withinSeconds * 1_000)
  const text = await telemetry.metrics.metrics()
  assert.match(text, new RegExp(`^${FRESHNESS.metric}_bucket\\{le="${FRESHNESS.withinSeconds}"\\} 1$`, 'm'))
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

test(
  'the rules do what they should, by promtool',
  { skip: !hasPromtool && 'promtool is not here: apt-get install prometheus' },
  () => {
    for (const args of [
      ['check', 'rules', ALERTS],
      ['test', 'rules', ALERTS.replace('.yml', '.test.yml')],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
    }
    const tested = readFileSync(ALERTS.replace('.yml', '.test.yml'), 'utf8')
    // Each is seen to go off once.
    for (const { alert } of alerts)
      assert.match(tested, new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`), `${alert} is tested`)
  },
)
