import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceMetres } from '#project/coordinates.ts'
import { givenEvents, tell } from '#project/given.ts'
import { story } from '#project/stories.ts'
import { preparePoints } from './points.ts'

const WORLD = { kind: 'box', north: 85, south: -85, west: -180, east: 180 } as const
const BERLIN = { lat: 52.52, lon: 13.4 }

test('what is in memory is what the tables say, whatever happens', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 0, max: 30 }), (steps, from) => {
      const events = tell(steps)
      using model = givenEvents(events.slice(0, from))
      const { db } = model.readModel
      const points = preparePoints(db)
      points.cells(WORLD, { zoom: 0 })
      for (const event of events.slice(from)) {
        model.and([event])
        points.follow(model.last)
        const rows = db
          .prepare<[], { id: number; lat: number; lon: number }>(
            'select id, lat, lon from checkin where hidden = 0 and lat is not null order by sort desc, id desc',
          )
          .all()
        const metres = rows.map((row) => Math.round(distanceMetres(BERLIN, row))).sort((a, b) => a - b)
        const near = points.nearest(BERLIN, { count: 100, metresMax: 30_000_000 })
        assert.deepEqual(
          near.map((point) => Math.round(point.metres)),
          metres,
        )
        for (const zoom of [0, 7, 22]) {
          const cells = points.cells(WORLD, { zoom })
          assert.equal(
            cells.reduce((sum, { count }) => sum + count, 0),
            rows.length,
          )
          for (const { newest, north, south, east, west } of cells) {
            const first = rows.find(({ lat, lon }) => lat <= north && lat >= south && lon >= west && lon <= east)
            assert.equal(newest, first?.id)
          }
        }
      }
    }),
    { numRuns: 25 },
  )
})
