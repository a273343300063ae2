import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { calibratedDataset } from '../calibrated.ts'
import { readDataset } from '../dataset.ts'
import type { HostEvent } from '../fake-host.ts'
import { generatedEvents, generatePeople, type GeneratedPerson } from '../generated.ts'
import { replayEvents } from '../replay-events.ts'

/** What is to be recorded. The same options give the same script, wherever it is read. */
export interface ScriptOptions {
  readonly seed: string
  /** Folder of a dataset of check-ins; undefined: generated ones. */
  readonly dataset: string | undefined
  /** Without a folder: check-ins of the proportions of real ones, instead of a short life of each of a few people. */
  readonly calibrated?: true
  /** The dataset is repeated for so many cohorts of other people, each later than the one before. */
  readonly cohorts: number
  /** In each cohort. */
  readonly people: number
  /** The script ends after so many check-ins, or where the dataset does. */
  readonly checkins: number
}

export interface Script {
  readonly people: readonly GeneratedPerson[]
  readonly events: readonly ScriptEvent[]
  /** So many events at the beginning make everybody known: account, profile and follows, from the first commit on. */
  readonly opening: number
}

export type ScriptEvent = Extract<HostEvent, { readonly kind: 'commit' | 'identity' | 'account' }>

export const CHECKIN = 'app.waypost.checkin'
/** Longer than a dataset lasts. */
const COHORT_MS = 700 * 86_400_000
const START_MS = Date.UTC(2025, 0, 1)
/** About as many check-ins are in a generated commit. */
const CHECKINS_PER_COMMIT = 1.4

/**
 * First everybody joins, so that a reader knows all of them from their first commit; then they check in, one cohort
 * after another. Nobody's account changes later: a recording answers the same at any time.
 */
export async function readScript(options: ScriptOptions): Promise<Script> {
  const { seed, cohorts, people: count, checkins } = options
  const people = await generatePeople(seed, cohorts * count)
  const opening: ScriptEvent[] = []
  const rest: ScriptEvent[] = []
  let written = 0
  for (let cohort = 0; cohort < cohorts; cohort++) {
    let isOpening = true
    for (const event of await eventsOf(people.slice(cohort * count, (cohort + 1) * count), cohort, options)) {
      if (event.kind === 'raw' || event.kind === 'sync') continue
      const own = event.kind === 'commit' ? event.writes.filter(({ collection }) => collection === CHECKIN) : []
      isOpening &&= own.length === 0
      if (isOpening) opening.push(event)
      else if (event.kind === 'commit' && written < checkins) {
        rest.push(event)
        written += own.filter(({ action }) => action === 'create').length
      }
    }
  }
  return { people, events: [...opening, ...rest], opening: opening.length }
}

async function eventsOf(
  people: readonly GeneratedPerson[],
  cohort: number,
  { dataset: folder, calibrated, checkins, cohorts }: ScriptOptions,
): Promise<Iterable<HostEvent>> {
  const { random } = simWorld({ seed: cohort })
  if (folder === undefined && !calibrated) {
    const commitsEach = Math.ceil(checkins / cohorts / people.length / CHECKINS_PER_COMMIT)
    return generatedEvents(people, { random, commitsEach, startMs: START_MS })
  }
  const dataset =
    folder === undefined
      ? calibratedDataset({ people: people.length, checkins: Math.ceil(checkins / cohorts), random })
      : await readDataset(folder, { people: people.length })
  if (dataset.people.length < people.length) throw new Error(`${folder} has fewer than ${people.length} people`)
  const visits = dataset.visits.map((visit) => ({ ...visit, at: visit.at + cohort * COHORT_MS }))
  const dids: readonly Did[] = people.map(({ did }) => did)
  return replayEvents({ ...dataset, visits }, dids)
}
