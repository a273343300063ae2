import { readFileSync } from 'node:fs'
import type { History } from '../run/history.ts'
import type { RunResult } from '../run/run.ts'
import type { Anomaly } from '../run/verdict.ts'
import { latencyChart, throughputChart } from './charts.ts'
import { escaped, scriptJson } from './escape.ts'
import { lamportOf } from './lamport.ts'
import { seriesOf } from './series.ts'
import { reasonsOf, verdictWord } from './summary.ts'

const MESSAGE_TYPES_SHOWN_MAX = 12
const EVENTS_PER_ANOMALY_MAX = 12
const VALUE_LETTERS_MAX = 200

const part = (file: string): string => readFileSync(new URL(`./page/${file}`, import.meta.url), 'utf8')

/** A run as one page of HTML that needs no server and nothing from elsewhere. */
export function pageOf(result: RunResult): string {
  const { options, valid, history, windows } = result
  const buckets = seriesOf(history)
  const title = `${options.workload}: ${verdictWord(valid)}`
  const lamport = lamportOf(result)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${part('page.css')}</style>
<header><h1>${escaped(options.workload)}</h1><span class="verdict ${valid}">${verdictWord(valid)}</span>
<span class="soft">seed ${options.seed} · ${options.nodeIds.length} nodes · ${escaped(options.latency.distribution)} ${options.latency.meanMs} ms · ${escaped(options.faults.join(', ') || 'no faults')}</span></header>
${figures(result)}
${reasons(result)}
<h2>Operations per second</h2>
<div class="card">${throughputChart(buckets, windows)}${key({ ok: 'good', failed: 'doubt', unknown: 'bad' })}</div>
<h2>Latency</h2>
<div class="card">${latencyChart(buckets, windows)}${key({ median: 'good', '95 %': 'accent', '99 %': 'bad' })}</div>
<h2>Messages between nodes</h2>
<div class="card"><div class="filters" id="filters"></div><svg id="lamport" role="img" aria-label="Messages over time"></svg>
<p class="soft">Drag to pan, wheel to zoom; rest on a line to read it. Dashed messages never arrived.${lamport.isPart ? ` The ${lamport.messages.length} messages around the dashed time are here.` : ''}</p></div>
${messageTable(result)}
${faultTable(result)}
${optionTable(result)}
<script type="application/json" id="lamport-data">${scriptJson(lamport)}</script>
<script type="module">${part('lamport-view.js')}</script>
</html>
`
}

function figures({ stats, net, availability, verdict }: RunResult): string {
  const latencies = verdict.facts['stable-latencies'] as Readonly<Record<string, number>> | undefined
  const shown: readonly (readonly [string, string])[] = [
    ['operations', String(stats.count)],
    ['ok · failed · unknown', `${stats.ok} · ${stats.fail} · ${stats.info}`],
    ['availability', `${(availability.fraction * 100).toFixed(2)} %`],
    ['server messages per op', net.servers['msgs-per-op'].toFixed(2)],
    ...(latencies?.['0.5'] === undefined
      ? []
      : [['stable: median · max', `${latencies['0.5']} · ${latencies['1']} ms`] as const]),
  ]
  return `<div class="figures">${shown.map(([name, value]) => `<div class="card"><b>${escaped(value)}</b><span class="soft">${escaped(name)}</span></div>`).join('')}</div>`
}

/** Anomalies with their operations, and whatever else stands in the way of "valid". */
function reasons(result: RunResult): string {
  const { verdict, history } = result
  const [first, ...more] = verdict.anomalies.map((anomaly) => anomalyCard(anomaly, history))
  const told = new Set(verdict.anomalies.map(({ kind, words }) => `${kind}: ${words}`))
  const others = reasonsOf(result)
    .filter((reason) => !told.has(reason) && !reason.startsWith('and '))
    .map((reason) => {
      const [kind, ...words] = reason.split(': ')
      return `<div class="card anomaly ${kind === 'unknown' || kind === 'mute' ? 'doubt' : ''}"><h3>${escaped(kind!)}</h3><p>${escaped(words.join(': '))}</p></div>`
    })
  if (!first && others.length === 0) return ''
  const rest = more.length === 0 ? '' : `<details><summary>${more.length} more</summary>${more.join('')}</details>`
  return `<h2>Why it is not valid</h2>${others.join('')}${first ?? ''}${rest}`
}

function anomalyCard({ kind, words, events }: Anomaly, history: History): string {
  const rows = events
    .slice(0, EVENTS_PER_ANOMALY_MAX)
    .flatMap((index) => history[index] ?? [])
    .map(
      ({ timeMs, process, node, f, type, value }) =>
        `<tr><td>${(timeMs / 1_000).toFixed(3)} s</td><td>${process}</td><td>${node ?? ''}</td><td>${escaped(f)}</td><td>${type}</td><td><code>${escaped((JSON.stringify(value) ?? '').slice(0, VALUE_LETTERS_MAX))}</code></td></tr>`,
    )
  const table =
    rows.length === 0
      ? ''
      : `<table><tr><th>time</th><th>process</th><th>node</th><th>operation</th><th></th><th>value</th></tr>${rows.join('')}</table>`
  return `<div class="card anomaly"><h3>${escaped(kind)}</h3><p>${escaped(words)}</p>${table}</div>`
}

function key(names: Readonly<Record<string, string>>): string {
  const items = Object.entries(names).map(
    ([name, colour]) => `<span><i style="background: var(--${colour})"></i>${name}</span>`,
  )
  return `<div class="key">${items.join('')}</div>`
}

function messageTable({ net, messageTypes, stats }: RunResult): string {
  const perOp = (count: number): string => (count / Math.max(1, stats.count)).toFixed(2)
  const rows = [...messageTypes]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MESSAGE_TYPES_SHOWN_MAX)
    .map(([type, count]) => `<tr><td>${escaped(type)}</td><td>${count}</td><td>${perOp(count)}</td></tr>`)
  const total = net.servers['msg-count']
  return `<h2>Messages per operation</h2><div class="card"><table><tr><th>type, between servers</th><th>messages</th><th>per operation</th></tr>
<tr><td><b>all</b></td><td>${total}</td><td>${perOp(total)}</td></tr>${rows.join('')}</table></div>`
}

function faultTable({ windows, faults }: RunResult): string {
  if (windows.length === 0) return ''
  const rows = windows.map(
    ({ name, startMs, endMs, words }) =>
      `<tr><td class="tight">${name}</td><td class="tight">${(startMs / 1_000).toFixed(2)} s</td><td class="tight">${(endMs / 1_000).toFixed(2)} s</td><td>${escaped(words)}</td></tr>`,
  )
  const fired = faults.reports.map(({ name, fired: count }) => `${name} made a difference ${count} times`)
  return `<h2>Faults</h2><div class="card"><p class="soft">${escaped(fired.join('; '))}.</p><table><tr><th>fault</th><th>from</th><th>to</th><th>what</th></tr>${rows.join('')}</table></div>`
}

function optionTable({ options }: RunResult): string {
  const rows = Object.entries(options).map(([name, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    return `<tr><td class="tight">${escaped(name)}</td><td><code>${escaped(text)}</code></td></tr>`
  })
  return `<h2>Options</h2><div class="card"><table>${rows.join('')}</table></div>`
}
