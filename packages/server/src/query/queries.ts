import { basename } from 'node:path'
import type { Committed } from '#project/batch.ts'
import { openReadModel, type ReadModel } from '#project/read-model.ts'
import { prepareCells, type Cells } from './cell.ts'
import { prepareCheckins, type Checkins, type Denials } from './checkin.ts'
import { prepareConcerned, type Concerned } from './concerned.ts'
import type { Directory } from './directory/directory.ts'
import { prepareFeeds, type Feeds } from './feed.ts'
import { prepareBelief } from './belief.ts'
import { prepareGatherer } from './gather.ts'
import { followLinks, prepareLinking } from './gather-linked.ts'
import { prepareGame, type Game } from './game.ts'
import { prepareHistories, type Histories } from './history.ts'
import { prepareLists, type Lists } from './list.ts'
import { prepareMutuals, type Mutuals } from './mutual.ts'
import { prepareNotifications, type Notifications } from './notification.ts'
import { preparePersons, type Persons } from './person.ts'
import { preparePlaceLinks, type PlaceLinks } from './place-link.ts'
import { preparePlaceRows } from './place-row.ts'
import { preparePlaces, type Places } from './place.ts'
import { prepareTips, type Tips } from './tip.ts'
import { preparePoints, type Points } from './points/points.ts'
import { prepareSights, type Sights } from './sight.ts'
import { prepareTimelines } from './timelines/timelines.ts'

/**
 * In: the read model and the directory of places. Out: pages of ids, and rows for ids. Ids come first, so that a page
 * costs what it shows. Promise: what is hidden for everyone is in no answer; what is hidden from one viewer is
 * `visibleTo`'s part.
 */
export interface Queries
  extends
    Feeds,
    Cells,
    Checkins,
    Concerned,
    Game,
    Histories,
    Lists,
    Mutuals,
    Notifications,
    Persons,
    Omit<Points, 'follow'>,
    Tips,
    PlaceLinks,
    Places,
    Sights,
    Disposable {
  /** Of all that is visible. */
  counts(): { readonly checkinCount: number; readonly personCount: number; readonly placeCount: number }
  /** To be called after each batch that was committed, before anything is asked again: some answers are in memory. */
  follow(committed: Committed): void
  /** Up to here the log is in the answers. */
  position(): number
}

/** Opens a read connection of its own to the file of `readModel`; the directory stays the caller's. */
export function openQueries(options: {
  readonly readModel: Pick<ReadModel, 'folder' | 'path'>
  readonly directory: Pick<Directory, 'get' | 'inCell' | 'search'>
  readonly denials?: Denials
}): Queries {
  const { folder, path } = options.readModel
  const own = openReadModel({ folder, fileName: basename(path), readOnly: true })
  const { db } = own
  const tally = db.prepare<[], ReturnType<Queries['counts']>>(
    'select checkins as checkinCount, persons as personCount, places as placeCount from tally',
  )
  const persons = preparePersons(db)
  const sights = prepareSights(db)
  const checkins = prepareCheckins(db, persons, options.denials)
  const feeds = prepareFeeds(db)
  const parts = prepareGatherer(db, options.directory)
  const belief = prepareBelief(db)
  const linking = prepareLinking(parts, belief)
  const known = { gatherer: followLinks(parts, linking), rowOf: preparePlaceRows(db) }
  const points = preparePoints(db)
  const histories = prepareHistories(db)
  const timelines = prepareTimelines(db, feeds.timeline)
  return {
    ...feeds,
    timeline: timelines.timeline,
    ...persons,
    ...checkins,
    ...preparePlaces(db, options.directory, known),
    ...preparePlaceLinks(db, { parts, linking, belief, rowOf: known.rowOf }),
    ...prepareCells(db, options.directory, known),
    ...points,
    ...sights,
    ...prepareConcerned(db),
    ...histories,
    ...prepareGame(db, persons),
    ...prepareTips(db, persons),
    ...prepareLists(db, persons),
    ...prepareMutuals(db),
    ...prepareNotifications(db, persons),
    follow(committed) {
      persons.follow(committed.affected)
      sights.follow(committed.affected)
      checkins.follow(committed)
      points.follow(committed)
      histories.follow(committed)
      timelines.follow(committed)
    },
    counts: () => tally.get()!,
    position: () => own.position(),
    [Symbol.dispose]: () => own[Symbol.dispose](),
  }
}
