import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Did } from '@waypost/kernel'
import { app } from '@waypost/lexicon'
import { readDataset } from '../src/dataset.ts'
import { replayEvents } from '../src/replay-events.ts'

const SETS = new URL('../../../../shared/data/checkins', import.meta.url).pathname
/** Those with the most check-ins: some thousands of rows of each set. */
const PEOPLE = 20
const DIDS = Array.from(
  { length: PEOPLE },
  (_, nth) => `did:plc:${'a'.repeat(23)}${'abcdefghijklmnopqrst'[nth]!}` as Did,
)

for (const set of ['gowalla-nyc', 'foursquare-nyc-tsmc2014', 'foursquare-calgary', 'foursquare-nyc-www2019']) {
  const folder = join(SETS, set)
  const skip = existsSync(folder) ? false : `needs ../shared/data/checkins/${set}`
  test(`every row of ${set} becomes a valid check-in, or is refused for a reason`, { skip }, async () => {
    const dataset = await readDataset(folder, { people: PEOPLE })
    const rows = dataset.people.reduce((sum, { visits }) => sum + visits, 0)
    const refused = [...dataset.refused.values()].reduce((sum, count) => sum + count, 0)
    assert.equal(dataset.visits.length + refused, rows)
    assert.ok(dataset.visits.length > rows * 0.75, `${refused} of ${rows} were refused`)
    const records = [...replayEvents(dataset, DIDS)].flatMap((event) =>
      event.kind !== 'commit' ? [] : event.writes.filter(({ collection }) => collection === 'app.waypost.checkin'),
    )
    const made = records.filter(({ action }) => action === 'create')
    assert.equal(made.length, dataset.visits.length)
    // Records of one set are all made the same way.
    for (const { record } of made.slice(0, 1_000))
      assert.equal(app.waypost.checkin.main.$safeParse(record).success, true)
  })
}
