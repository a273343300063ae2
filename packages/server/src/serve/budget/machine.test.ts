import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readKept, writeKept } from './kept.ts'
import {
  beginsAt,
  initialBudget,
  NOTHING,
  standings,
  step,
  STEPS,
  type BudgetEffect,
  type BudgetEvent,
  type BudgetState,
  type Counts,
  type Sizes,
} from './machine.ts'
import { NO_LIMITS, type BudgetSettings, type Limit } from './settings.ts'

const START_MS = Date.UTC(2028, 1, 28, 12)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function limited(...limits: readonly Limit[]): BudgetSettings {
  return { ...NO_LIMITS, limits }
}
const PICTURES: Limit = { resource: 'images', per: 'day', of: 100 }

function measured(counts: Partial<Counts>, nowMs = START_MS, sizes: Sizes = {}): BudgetEvent {
  return { kind: 'measured', nowMs, counts: { ...NOTHING, ...counts }, sizes }
}

/** Runs events from the start; tells what came of all of them. */
function run(settings: BudgetSettings, ...events: readonly BudgetEvent[]) {
  let state = initialBudget(START_MS)
  const effects: BudgetEffect[] = []
  for (const event of events) {
    const next = step(state, event, settings)
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects, told: effects.map(spell) }
}

function spell(effect: BudgetEffect): string {
  switch (effect.kind) {
    case 'near':
      return `near ${effect.limit.id}`
    case 'shed':
    case 'restored':
      return `${effect.kind} ${effect.step}`
    case 'rolled':
      return `rolled ${effect.period}`
    case 'override':
      return `override ${effect.state}`
  }
}

test('at 80 % it is told, from 100 % on one thing after another is shed, and at the hard limit the ingest pauses', () => {
  const settings = limited(PICTURES)
  const events = [79, 1, 19, 1, 5, 5, 4, 1, 4, 1].map((images) => measured({ images }))
  assert.deepEqual(
    events.map((_, at) => run(settings, ...events.slice(0, at + 1)).told.at(-1)),
    [
      undefined,
      'near images-day',
      'near images-day',
      'shed images',
      'shed search',
      'shed backfills',
      'shed backfills',
      'shed live',
      'shed live',
      'shed ingest',
    ],
  )
  assert.deepEqual(
    STEPS.map((name) => beginsAt(name, 1.2).toFixed(2)),
    ['1.00', '1.05', '1.10', '1.15', '1.20'],
  )
})

test('whatever goes far past its limit at once sheds all in order, and a new day brings it back the other way round', () => {
  const { told, state } = run(limited(PICTURES), measured({ images: 500 }), measured({}, START_MS + 12 * HOUR_MS))
  assert.deepEqual(told, [
    'near images-day',
    'shed images',
    'shed search',
    'shed backfills',
    'shed live',
    'shed ingest',
    'rolled day',
    'restored ingest',
    'restored live',
    'restored backfills',
    'restored search',
    'restored images',
  ])
  assert.deepEqual([state.day.counts.images, state.month.counts.images], [0, 500])
  assert.equal(new Date(state.day.startMs).toISOString(), '2028-02-29T00:00:00.000Z')
})

test('the leap day is a day of February, and the month is over after it', () => {
  const monthly: Limit = { ...PICTURES, per: 'month' }
  const at = (text: string) => Date.parse(text)
  const spent = measured({ images: 150 })
  const leapDay = run(limited(monthly), spent, measured({}, at('2028-02-29T23:59:59Z')))
  assert.equal(leapDay.state.shed, STEPS.length)
  const march = run(limited(monthly), spent, measured({}, at('2028-03-01T00:00:00Z')))
  assert.deepEqual([march.state.shed, march.state.month.counts.images], [0, 0])
  assert.ok(march.told.includes('rolled month'))
})

test('a size is limited by its growth in a period, and by itself', () => {
  const settings = limited({ resource: 'disk', per: 'day', of: 100 }, { resource: 'log', per: 'total', of: 2_000 })
  const first = measured({}, START_MS, { disk: 5_000, log: 1_000 })
  const grown = run(settings, first, measured({}, START_MS, { disk: 5_060, log: 1_500 }))
  assert.deepEqual(
    standings(grown.state, settings, START_MS).map(({ id, used }) => [id, used]),
    [
      ['disk-day', 60],
      ['log-total', 1_500],
    ],
  )
  const smaller = run(settings, first, measured({}, START_MS, { disk: 4_000, log: 2_100 }))
  assert.deepEqual(
    standings(smaller.state, settings, START_MS).map(({ used }) => used),
    [0, 2_100],
  )
  const tomorrow = run(
    settings,
    first,
    measured({}, START_MS, { disk: 5_200, log: 1_500 }),
    measured({}, START_MS + DAY_MS, { disk: 5_210, log: 1_500 }),
  )
  assert.equal(standings(tomorrow.state, settings, START_MS + DAY_MS)[0]!.used, 10)
})

test('a size that goes up and down by little does not shed and bring back in turn', () => {
  const settings = limited({ resource: 'log', per: 'total', of: 1_000 })
  const of = (log: number) => measured({}, START_MS, { log })
  const { told } = run(settings, of(1_000), of(990), of(1_000), of(985), of(979))
  assert.deepEqual(told, ['near log-total', 'shed images', 'restored images'])
})

test('money is counted from all that was used, by the prices that are set', () => {
  const prices = { ...NO_LIMITS.prices, cpuCoreHour: 3 }
  const settings = { ...limited({ resource: 'money', per: 'day', of: 6 }), prices }
  const { state } = run(settings, measured({ cpuSeconds: 3_600 }))
  assert.equal(standings(state, settings, START_MS)[0]!.share, 0.5)
})

test('what it comes to by the end of the period is told once that says something', () => {
  const settings = limited(PICTURES)
  const { state } = run(settings, measured({ images: 30 }))
  const [limit] = standings(state, settings, START_MS)
  assert.deepEqual([limit!.forecast, limit!.endsAtMs], [60, Date.UTC(2028, 1, 29)])
  const early = step(
    initialBudget(Date.UTC(2028, 1, 28)),
    measured({ images: 1 }, Date.UTC(2028, 1, 28, 0, 5)),
    settings,
  )
  assert.equal(standings(early.state, settings, Date.UTC(2028, 1, 28, 0, 5))[0]!.forecast, undefined)
})

test('an override brings all back, counts on, and when it is over the limits hold again', () => {
  const settings = limited(PICTURES)
  const { told, state } = run(
    settings,
    measured({ images: 120 }),
    { kind: 'overridden', nowMs: START_MS, untilMs: START_MS + HOUR_MS },
    measured({ images: 5 }, START_MS + HOUR_MS - 1),
    measured({}, START_MS + HOUR_MS),
  )
  assert.deepEqual(told.slice(6), [
    'override began',
    'restored ingest',
    'restored live',
    'restored backfills',
    'restored search',
    'restored images',
    'override ended',
    'shed images',
    'shed search',
    'shed backfills',
    'shed live',
    'shed ingest',
  ])
  assert.equal(state.day.counts.images, 125)
  const taken = run(
    settings,
    measured({ images: 120 }),
    { kind: 'overridden', nowMs: START_MS, untilMs: START_MS + HOUR_MS },
    { kind: 'override-ended', nowMs: START_MS + 1 },
  )
  assert.deepEqual([taken.state.override, taken.state.shed], [undefined, STEPS.length])
})

test('whatever happens: what is shed is a beginning of the steps and as the worst limit says, and use is never lost', () => {
  const settings = limited(
    PICTURES,
    { resource: 'egress', per: 'month', of: 1_000 },
    { resource: 'log', per: 'total', of: 5_000 },
  )
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.record({ images: fc.nat(40), egressBytes: fc.nat(200), log: fc.nat(7_000) }) },
    { weight: 1, arbitrary: fc.record({ hours: fc.nat(30) }) },
  )
  const passing = fc.integer({ min: 0, max: 3 * DAY_MS })
  fc.assert(
    fc.property(fc.array(fc.tuple(event, passing), { maxLength: 60 }), (happened) => {
      let state = initialBudget(START_MS)
      let nowMs = START_MS
      const isShed = new Set<string>()
      let month = { startMs: state.month.startMs, egress: 0 }
      for (const [what, ms] of happened) {
        nowMs += ms
        const given: BudgetEvent =
          'hours' in what
            ? what.hours === 0
              ? { kind: 'override-ended', nowMs }
              : { kind: 'overridden', nowMs, untilMs: nowMs + what.hours * HOUR_MS }
            : measured({ images: what.images, egressBytes: what.egressBytes }, nowMs, { log: what.log })
        const next = step(state, given, settings)
        for (const effect of next.effects) {
          if (effect.kind === 'shed') isShed.add(effect.step)
          if (effect.kind === 'restored') isShed.delete(effect.step)
        }
        state = next.state
        if (state.month.startMs !== month.startMs) month = { startMs: state.month.startMs, egress: 0 }
        if ('images' in what) month.egress += what.egressBytes
        assert.equal(state.month.counts.egressBytes, month.egress)
        assert.deepEqual(
          [...isShed].toSorted(),
          STEPS.slice(0, state.shed).toSorted(),
          'effects and state say the same',
        )
        const worst = Math.max(...standings(state, settings, nowMs).map(({ share }) => share))
        if (state.override) assert.equal(state.shed, 0)
        else {
          const least = STEPS.filter((name) => worst >= beginsAt(name, settings.hardAt)).length
          const most = STEPS.filter((name) => worst >= beginsAt(name, settings.hardAt) - 0.02).length
          assert.ok(least <= state.shed && state.shed <= most, `${state.shed} at ${worst}`)
        }
        assert.deepEqual(restarted(state), { ...state, shed: 0, warned: [] })
      }
    }),
  )
})

function restarted(state: BudgetState): BudgetState | undefined {
  const nobody = new Uint8Array()
  return readKept(writeKept({ state, people: { day: nobody, month: nobody } }))?.state
}
