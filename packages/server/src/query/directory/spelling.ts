import type Database from 'better-sqlite3'
import { slipsBetween, slipsForgivenIn, slipsToBeginning } from '@waypost/places'

/**
 * The words of all names, to be found by a mistyped one. Kept is what is left of a word's beginning when none or one of
 * its letters is gone: two beginnings with a rest in common are a slip or two apart (the deletions of SymSpell, Garbe
 * 2012, of beginnings alone: what follows is compared letter by letter). The first letter is one like any other.
 */
export const SPELLING_SCHEMA = `
create table spelling (
  word text primary key,
  -- So many places have it in one of their names.
  places integer not null
) strict, without rowid;
create table slip (
  rest text not null,
  beginning text not null,
  primary key (rest, beginning)
) strict, without rowid;
`

/** Letters of a beginning: with more the table grows, with fewer more words are compared. */
const BEGINNING_LETTERS = 5

/** A shorter word is too far from any that slips are forgiven in. */
const WORD_LETTERS_MIN = 3

/** Of words that may be meant, so many are compared, and so many of the likeliest are searched for. */
const COMPARED_MAX = 3_000
const LIKELY_MAX = 12

const FILL = `
create virtual table temp.vocabulary using fts5vocab(main, word, 'col');
insert into spelling select term, doc from temp.vocabulary where col = 'key' and length(term) >= ${WORD_LETTERS_MIN}
  order by term;
drop table temp.vocabulary;
insert into slip
  with recursive
    gone (letter) as (values (0) union all select letter + 1 from gone where letter < ${BEGINNING_LETTERS}),
    beginnings (beginning) as (select distinct substr(word, 1, ${BEGINNING_LETTERS}) from spelling)
  select distinct iif(letter = 0, beginning, substr(beginning, 1, letter - 1) || substr(beginning, letter + 1)) as rest,
    beginning from beginnings join gone on letter <= length(beginning) order by rest, beginning;
`

/** To be called once the index of words is filled. */
export function fillSpelling(db: Database.Database): void {
  db.exec(FILL)
}

export interface Spelling {
  /** In how many places' names a word is. */
  placesWith(word: string): number
  /** The likeliest words of names that were meant by a mistyped one, itself not among them; none for one too short. */
  likelyFor(typed: string): readonly string[]
}

export function prepareSpelling(db: Database.Database): Spelling {
  const about = db.prepare<[string], { word: string; places: number }>(
    `select word, places from (select distinct beginning from slip where rest in (select value from json_each(?)))
     join spelling on word >= beginning and word < beginning || char(0x10ffff) limit ${COMPARED_MAX}`,
  )
  const placesWith = db.prepare<[string], number>('select places from spelling where word = ?').pluck()

  function likelyFor(typed: string): readonly string[] {
    const most = slipsForgivenIn(typed)
    if (most === 0) return []
    const likely = new Map<string, { readonly slips: number; readonly places: number }>()
    for (const { word, places } of about.iterate(JSON.stringify(restsOf(typed)))) {
      const slips = slipsToBeginning(typed, word, most)
      // One that is mistyped from end to end is likelier than one that was only begun.
      if (slips > 0 && slips <= most)
        likely.set(word, { slips: slips + (slipsBetween(typed, word, most) > most ? 0.5 : 0), places })
    }
    return [...likely]
      .toSorted(([, a], [, b]) => a.slips - b.slips || b.places - a.places)
      .slice(0, LIKELY_MAX)
      .map(([word]) => word)
  }

  return { placesWith: (word) => placesWith.get(word) ?? 0, likelyFor }
}

function restsOf(word: string): readonly string[] {
  const letters = Array.from(word).slice(0, BEGINNING_LETTERS)
  return [letters.join(''), ...letters.map((_, gone) => letters.toSpliced(gone, 1).join(''))]
}
