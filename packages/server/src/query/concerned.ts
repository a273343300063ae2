import type { Database } from 'better-sqlite3'
import type { Committed } from '#project/batch.ts'
import { CONTRADICTION_MS } from '#project/mayor-rule.ts'
import { HERE_MS } from './notification.ts'

/** Whose notices a batch may have added to. */
export interface Concerned {
  /**
   * Ids of people, of those who are keys of `among`. There may be more than have a new notice; none are missing, save
   * where a check-in was taken back or moved: a crown that goes elsewhere by that, or a friend who is met, is no news; nor is a second like of the same by the same.
   */
  concernedBy(committed: Committed, among: ReadonlyMap<number, unknown>): ReadonlySet<number>
}

/** Of answers to one check-in so many are looked at, newest first. */
const ANSWERS_MAX = 100

export function prepareConcerned(db: Database): Concerned {
  const pluck = <Params extends unknown[]>(sql: string) => db.prepare<Params, number>(sql).pluck()
  // What was done to a check-in: its author, those whom the comments answer, and those named, of whom one may agree.
  const bySubject = [
    pluck<[number]>('select person from subject where id = ?'),
    pluck<[number]>(
      `select answered from comment where subject = ? and hidden = 0 and answered is not null
       order by sort desc limit ${ANSWERS_MAX}`,
    ),
  ]
  // Also the follower: who follows a friend back may meet them where they are.
  const byFollower = [
    pluck<[number]>('select subject from follow where person = ? and hidden = 0'),
    pluck<[number]>('select id from person where id = ?'),
  ]
  const byCheckin = [
    pluck<[number]>('select person from checkin where id = ?'),
    pluck<[number]>('select person from companion where checkin = ?'),
    // Friends who are there too.
    pluck<[number]>(
      `select other.person from checkin own join checkin other on other.place = own.place and other.stray in (0, 1)
         and other.hidden = 0 and other.sort >= own.sort - ${HERE_MS} where own.id = ?`,
    ),
  ]
  // There, and wherever its author was told to be shortly before or after: one of them may not be believed any more.
  const crownedAt = pluck<[number]>(
    `select distinct near.place from checkin own join checkin near on near.person = own.person and near.hidden = 0
       and near.sort between own.sort - ${CONTRADICTION_MS} and own.sort + ${CONTRADICTION_MS}
     where own.id = ? and near.place is not null`,
  )
  // Who wears the crown, and who wore it before.
  const byCrown = [pluck<[number]>('select person from mayorship where place = ? order by since desc limit 2')]
  return {
    concernedBy({ changes, affected }, among) {
      const found = new Set<number>()
      if (among.size === 0) return found
      const add = (statements: readonly { all(id: number): readonly number[] }[], ids: Iterable<number>): void => {
        for (const id of ids) {
          for (const statement of statements) for (const who of statement.all(id)) if (among.has(who)) found.add(who)
        }
      }
      add(bySubject, affected.subjects)
      add(byFollower, affected.followers)
      const news = changes.flatMap((change) => (change.kind === 'checkin' && change.isNews ? [change.id] : []))
      add(byCheckin, news)
      add(byCrown, new Set(news.flatMap((id) => crownedAt.all(id))))
      return found
    },
  }
}
