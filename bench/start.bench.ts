import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../tools/free-port.ts'
import type { Bench, Figure } from './main.ts'
import { memoryMbOf } from './proc.ts'

/** Time given to one start before the bench gives up. */
const START_MS_MAX = 120_000
const WARM_RUNS = 3

/** `npm start` as a newcomer sees it: until the page answers, cold (empty folder) and warm, and the memory of it all. */
export const bench: Bench = {
  about: 'npm start on an empty folder and again, until the page is usable; memory of all its processes',
  async run({ note }): Promise<readonly Figure[]> {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-start-'))
    try {
      const first = await startOnce(folder, { untilDemo: true })
      note(`first start: page after ${first.usableS.toFixed(1)} s, demo after ${first.demoS.toFixed(1)} s`)
      const warm: Started[] = []
      for (let run = 0; run < WARM_RUNS; run++) warm.push(await startOnce(folder, { untilDemo: false }))
      const median = warm.map((run) => run.usableS).toSorted((a, b) => a - b)[1]!
      return [
        { name: 'first_start_s', value: first.usableS, unit: 's', goal: '≤ 30' },
        { name: 'demo_loaded_s', value: first.demoS, unit: 's' },
        { name: 'warm_start_s', value: median, unit: 's', goal: '≤ 5' },
        { name: 'rss_all_mb', value: first.rssMb, unit: 'MB', goal: '≤ 700' },
        { name: 'rss_warm_mb', value: Math.max(...warm.map((run) => run.rssMb)), unit: 'MB', goal: '≤ 700' },
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Started {
  readonly usableS: number
  readonly demoS: number
  readonly rssMb: number
}

async function startOnce(folder: string, options: { untilDemo: boolean }): Promise<Started> {
  const port = await freePort()
  const from = performance.now()
  const child = spawn(process.execPath, ['tools/start.ts', '--data', folder, '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (part: Buffer) => (said += part.toString()))
  try {
    await until(child, async () => {
      const page = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
      const feed = await fetch(`http://127.0.0.1:${port}/xrpc/app.waypost.feed.getGlobal`).catch(() => undefined)
      return page?.ok === true && feed?.ok === true
    })
    const usableS = (performance.now() - from) / 1_000
    if (options.untilDemo) await until(child, async () => said.includes('Demo people have checked in'))
    const demoS = (performance.now() - from) / 1_000
    await fetch(`http://127.0.0.1:${port}/xrpc/app.waypost.feed.getGlobal?limit=100`)
    return { usableS, demoS, rssMb: memoryMbOf([child.pid!], 'resident') }
  } catch (fault) {
    throw new Error(`${(fault as Error).message}\n${said}`, { cause: fault })
  } finally {
    child.kill('SIGTERM')
    await new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(undefined)))
  }
}

async function until(child: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + START_MS_MAX
  while (!(await holds())) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`)
    if (performance.now() > limit) throw new Error('npm start took too long')
    await new Promise((done) => setTimeout(done, 25))
  }
}
