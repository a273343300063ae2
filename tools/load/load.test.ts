import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as load from '../../packages/load/src/open-loop/told.ts'
import { LIVE_AN_HOUR_MAX } from '../../packages/server/src/project/person.ts'
import { FRESHNESS } from '../../packages/server/src/serve/ops/objective.ts'
import { stepAt } from './given.ts'
import { busyIn } from './machine.ts'
import { parseMetrics, sumOf } from './metrics.ts'
import { readOptions, USAGE } from './options.ts'
import { brokenBy, LIMITS, PROMISE, tooMuch } from './promise.ts'
import { judgeSoak, slope } from './soak.ts'

test('what cannot be meant is refused in one line', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['--reads', /argument/],
    ['--reads 0', /--reads 0 is no number from 0.1 to 1000000/],
    ['--reads many', /--reads many is no number/],
    ['--seed=', /--seed {2}is no whole number/],
    ['--people 10.5', /no whole number/],
    ['--port 4', /--port says nothing to one load/],
    ['--find-knee --minutes 3', /--minutes says nothing to --find-knee/],
    ['--find-knee --reads 10', /--reads says nothing to --find-knee/],
    ['--find-knee --soak', /one at a time/],
    ['--find-knee --factor 1', /--factor 1 is no number from 1.05 to 10/],
    ['--soak --reads 10 --share 0.5', /not both/],
    ['--soak --share 3', /--share 3 is no number/],
    ['--dataset nowhere', /There is no folder nowhere/],
    ['--dataset . --made-up', /not both/],
    ['--record out', /needs --host/],
    ['--record out --host relay', /needs --host/],
    ['--record out --host ftp://relay', /needs --host/],
    ['--replay nowhere', /There is no file nowhere/],
    ['--replay package.json --speed 0', /--speed 0 is no number/],
    ['--loud', /Unknown option/],
    ['now', /Unexpected argument/],
  ]
  for (const [line, why] of refused) assert.throws(() => readOptions(line.split(' ')), why, line)
})

test('what is asked for is done, with defaults for the rest', () => {
  const once = readOptions(['--made-up'])
  assert.ok(once.kind === 'run' && once.reads === 100 && once.dataset === undefined && once.folder === '.bench')
  const knee = readOptions(['--find-knee', '--first', '500', '--json'])
  assert.ok(knee.kind === 'find-knee' && knee.first === 500 && knee.json && knee.measuredS >= 45)
  const soak = readOptions(['--soak', '--minutes', '5', '--share', '0.5'])
  assert.ok(soak.kind === 'soak' && soak.minutes === 5 && soak.share === 0.5 && soak.reads === undefined)
  const record = readOptions(['--record', 'out', '--host', 'https://relay.example', '--messages', '5'])
  assert.deepEqual(record, { kind: 'record', file: 'out', host: 'wss://relay.example', messages: 5 })
  assert.equal(readOptions(['--help', '--reads', 'x']).kind, 'help')
})

test('finding the knee by its defaults takes eighteen minutes at most', () => {
  const knee = readOptions(['--find-knee', '--made-up'])
  assert.ok(knee.kind === 'find-knee')
  // And two minutes for signing, filling, and waiting for quiet.
  assert.ok(((knee.warmUpS + knee.measuredS + 2) * (knee.stepsMax + 1)) / 60 + 2 <= 18)
})

test('the command says what is wrong, and exits with 2', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/load/main.ts', '--reads', 'x'], { encoding: 'utf8' })
  assert.equal(status, 2)
  assert.match(stderr, /^--reads x is no number/)
  assert.ok(stderr.includes(USAGE.split('\n')[0]!))
  const gone = ['tools/load/main.ts', '--record', 'package.json', '--host', 'ws://127.0.0.1:9']
  const refused = spawnSync(process.execPath, gone, { encoding: 'utf8' })
  assert.deepEqual([refused.status, refused.stderr.trim()], [2, 'package.json is there already'])
})

test('what the load waits for live is what a server tells live', () => {
  assert.equal(load.LIVE_AN_HOUR_MAX, LIVE_AN_HOUR_MAX)
})

test('a step is held to what operators promise', () => {
  assert.equal(FRESHNESS.target, 0.99)
  assert.equal(PROMISE.freshnessMsMax, FRESHNESS.withinSeconds * 1_000)
  const alerts = readFileSync('deploy/alerts/waypost.yml', 'utf8')
  const [, seconds] = /alert: WaypostReadsSlow\n.*quantile\(0\.99, .*> ([\d.]+)$/m.exec(alerts)!
  assert.equal(PROMISE.readsMsMax, Number(seconds) * 1_000)

  assert.deepEqual(stepAt(100, 250).broken, [])
  assert.deepEqual(stepAt(100, 251).broken, ['reads p99 251 ms, not 250'])
  const step = stepAt(100, 50)
  assert.match(brokenBy({ ...step, freshness: { ...step.freshness, p99: 2_001 } })[0]!, /freshness p99 2001 ms/)
  assert.deepEqual(brokenBy({ ...step, faultShare: 0.002 }), ['0.20 % faults'])
  assert.deepEqual(brokenBy({ ...step, stoppedBecause: 'it was asked to' }), ['stopped: it was asked to'])
  assert.deepEqual(brokenBy({ ...step, freshness: { ...step.freshness, count: 0, p99: 9_999 } }), [])
})

test('a step that is far too much is ended, with the reason', () => {
  const well = { reads: 100, failed: 0, p99Ms: 20, underWay: 3, lag: 0, rssMb: 500, machineMb: 24_000 }
  assert.equal(tooMuch(well), undefined)
  assert.equal(tooMuch({ ...well, reads: 0 }), undefined)
  assert.match(tooMuch({ ...well, failed: 51 })!, /51 of 100 failed/)
  assert.match(tooMuch({ ...well, p99Ms: LIMITS.readsMsMax + 1 })!, /reads take 8001 ms/)
  assert.match(tooMuch({ ...well, underWay: LIMITS.underWayMax + 1 })!, /questions wait/)
  assert.match(tooMuch({ ...well, lag: LIMITS.lagMax + 1 })!, /behind/)
  assert.match(tooMuch({ ...well, rssMb: 20_000 })!, /20000 MB/)
})

test('a soak holds where memory and latency stay, and does not where they grow', () => {
  const windows = (rss: (nth: number) => number, p99: (nth: number) => number = () => 50) =>
    Array.from({ length: 30 }, (_, nth) => ({ ...stepAt(100, p99(nth), { rssMb: rss(nth) }), atS: nth * 60 }))
  const steady = judgeSoak(windows((nth) => 400 + Math.min(nth, 8) * 20))
  assert.deepEqual([steady.holds, steady.because, steady.memoryMbPerMinute], [true, [], 0])
  const leaking = judgeSoak(windows((nth) => 400 + nth * 10))
  assert.ok(!leaking.holds && Math.abs(leaking.memoryMbPerMinute - 10) < 1e-9)
  assert.match(leaking.because[0]!, /memory grew by 18 %/)
  const slowing = judgeSoak(
    windows(
      () => 400,
      (nth) => 20 + nth * 7,
    ),
  )
  assert.match(slowing.because[0]!, /the slowest reads became slower/)
  const breaking = judgeSoak(
    windows(
      () => 400,
      (nth) => (nth % 10 === 0 ? 400 : 50),
    ),
  )
  assert.match(breaking.because[0]!, /the promise broke in 10 %/)
  assert.match(judgeSoak(windows(() => 400).slice(0, 4)).because[0]!, /4 windows/)
  assert.match(judgeSoak([]).because[0]!, /0 windows/)
  const disturbed = windows(() => 400).map((each, nth) =>
    nth % 2 === 0 ? each : { ...stepAt(100, 900, { rssMb: 400, othersCores: 0.5 }), atS: each.atS },
  )
  assert.deepEqual([judgeSoak(disturbed).holds, judgeSoak(disturbed).disturbed], [true, 15])
  assert.match(judgeSoak(disturbed.slice(0, 8)).because[0]!, /8 windows, of which others disturbed 4/)
  assert.equal(slope([0, 1, 2], [5, 7, 9]), 2)
})

test('metrics are read by name and label', () => {
  const metrics = parseMetrics(
    '# HELP a_total words\na_total{kind="x",stage="live"} 2\na_total{kind="y",stage="log"} 3\na_total_more 9\nb 1.5e3\n',
  )
  assert.deepEqual(
    [sumOf(metrics, 'a_total'), sumOf(metrics, 'a_total', 'kind="y"'), sumOf(metrics, 'b')],
    [5, 3, 1_500],
  )
  assert.equal(sumOf(metrics, 'absent'), 0)
})

test('how busy cores are is read as Linux says it', () => {
  const stat = 'cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 20 30 4000 50 6 7 8 0 0\ncpu1 1000 0 0 0 0 0 0 0 500 0\nintr 5\n'
  assert.equal(busyIn(stat, [0]), 1.71)
  assert.equal(busyIn(stat, [0, 1]), 11.71)
  if (existsSync('/proc/stat')) assert.ok(busyIn(readFileSync('/proc/stat', 'utf8'), [0]) > 0)
})
