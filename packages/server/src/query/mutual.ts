import type { Database } from 'better-sqlite3'

/** People who follow each other. */
export interface Mutuals {
  /** Of these people, by their ids, those with whom somebody follows each other. */
  mutualsAmong(person: number, people: readonly number[]): ReadonlySet<number>
  /** The most of these people that one account is or follows mutually, whether it is among them or not. */
  largestCircle(people: readonly number[]): number
}

export function prepareMutuals(db: Database): Mutuals {
  const among = db
    .prepare<{ me: number; people: string }, number>(
      `select value from json_each(:people)
       where exists (select 1 from follow where person = :me and subject = value and hidden = 0)
         and exists (select 1 from follow where person = value and subject = :me and hidden = 0)`,
    )
    .pluck()
  const largest = db
    .prepare<{ people: string }, number | null>(
      `with here (id) as (select value from json_each(:people)),
         seen (viewer, id) as (
           select id, id from here
           union select mine.subject, here.id from here cross join follow mine on mine.person = here.id
             where mine.hidden = 0 and exists (
               select 1 from follow back where back.person = mine.subject and back.subject = here.id and back.hidden = 0))
       select max(size) from (select count(*) as size from seen group by viewer)`,
    )
    .pluck()
  return {
    mutualsAmong: (person, people) => new Set(among.all({ me: person, people: JSON.stringify(people) })),
    largestCircle: (people) => largest.get({ people: JSON.stringify(people) }) ?? 0,
  }
}
