import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import lighthouse, { type RunnerResult } from 'lighthouse'
import { freePort } from '../../../tools/free-port.ts'
import { launch } from '../e2e/browser.ts'
import { calm } from './calm.ts'
import type { Figure } from '../../../bench/main.ts'
import { inProcessorTime, type TraceEvent } from './processor-time.ts'

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const
const GOALS: Readonly<Record<(typeof CATEGORIES)[number], string>> = {
  performance: '≥ 90',
  accessibility: '100',
  'best-practices': '100',
  seo: '100',
}
const MS_AUDITS = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'] as const

interface Run {
  readonly scores: Readonly<Record<string, number>>
  readonly ms: Readonly<Record<string, number>>
  readonly shift: number
  readonly missed: readonly string[]
}

/** The live page with the still map, as a mid-range phone on slow 4G gets it: Lighthouse's own settings for mobiles. */
export async function lighthouseScores(
  url: string,
  options: { readonly runs: number; readonly note: (line: string) => void },
): Promise<readonly Figure[]> {
  const runs: Run[] = []
  const port = await freePort()
  await using _browser = await launch([`--remote-debugging-port=${port}`], { hasCard: true })
  // The first visit is of a browser that still starts, to a server that makes its pictures: it is not the page that is slow
  // then. Nothing of it is kept for the next: Lighthouse empties the browser's cache before each.
  await runOnce(url, port)
  for (let run = 0; run < options.runs; run++) {
    await calm(options.note)
    runs.push(await runOnce(url, port))
  }
  for (const line of new Set(runs.flatMap(({ missed }) => missed))) options.note(`lighthouse: ${line}`)
  const middle = (of: (run: Run) => number) => runs.map(of).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)]!
  return [
    ...CATEGORIES.map((name) => ({
      name: `lighthouse_${name.replace('-', '_')}`,
      value: middle(({ scores }) => scores[name]!),
      unit: 'of 100',
      goal: GOALS[name],
    })),
    ...MS_AUDITS.map((name) => ({
      name: `${name.replaceAll('-', '_')}_ms`,
      value: middle(({ ms }) => ms[name]!),
      unit: 'ms',
    })),
    { name: 'layout_shift', value: middle(({ shift }) => shift), unit: 'CLS', goal: '≤ 0.05' },
  ]
}

async function runOnce(url: string, port: number): Promise<Run> {
  const settings = { logLevel: 'silent' as const, onlyCategories: [...CATEGORIES] }
  const folder = mkdtempSync(join(tmpdir(), 'waypost-lighthouse-'))
  try {
    await lighthouse(url, { ...settings, port, gatherMode: folder })
    const file = join(folder, 'trace.json')
    const { traceEvents, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: TraceEvent[] }
    writeFileSync(file, JSON.stringify({ ...rest, traceEvents: inProcessorTime(traceEvents) }))
    const result = await lighthouse(url, { ...settings, auditMode: folder })
    if (result === undefined) throw new Error('Lighthouse gave no result')
    return runOf(result.lhr)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runOf({ categories, audits }: RunnerResult['lhr']): Run {
  const missed = ['accessibility', 'best-practices', 'seo'].flatMap((name) =>
    categories[name]!.auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]!.score ?? 1) < 1).map(
      ({ id }) => `${name}: ${audits[id]!.title}`,
    ),
  )
  return {
    scores: Object.fromEntries(CATEGORIES.map((name) => [name, Math.round((categories[name]!.score ?? 0) * 100)])),
    ms: Object.fromEntries(MS_AUDITS.map((name) => [name, audits[name]!.numericValue ?? Number.NaN])),
    shift: audits['cumulative-layout-shift']!.numericValue ?? Number.NaN,
    missed,
  }
}
