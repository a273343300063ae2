/**
 * `node bench/peers/fastify-pages.ts FILE PORT`: feeds as one would write them first, and well: Fastify, better-sqlite3,
 * one prepared statement a feed that joins the page, JSON.stringify. Timelines are materialised, so that a page is one
 * range of an index. It asks nobody who they are.
 */
import Database from 'better-sqlite3'
import fastify from 'fastify'

interface Row {
  readonly uri: string
  readonly cid: string
  readonly did: string
  readonly handle: string
  readonly place: string
  readonly osm: string
  readonly name: string
  readonly category: string
  readonly latitude: string
  readonly longitude: string
  readonly country: string
  readonly text: string | null
  readonly lang: string | null
  readonly created_at: string
  readonly sort_at: string
  readonly like_count: number
  readonly comment_count: number
}

export const SCHEMA = `
create table person (id integer primary key, did text not null unique, handle text not null) strict;
create table place (id integer primary key, key text not null unique, osm text not null, name text not null,
  category text not null, latitude text not null, longitude text not null, country text not null) strict;
create table checkin (id integer primary key, person integer not null, place integer not null, sort integer not null,
  uri text not null unique, cid text not null, text text, lang text, created_at text not null, sort_at text not null,
  like_count integer not null, comment_count integer not null) strict;
create index checkin_by_sort on checkin (sort);
create index checkin_by_person on checkin (person, sort);
create index checkin_by_place on checkin (place, sort);
create table timeline (person integer not null, sort integer not null, checkin integer not null,
  primary key (person, sort, checkin)) strict, without rowid;
create virtual table point using rtree (id, south, north, west, east);
`

const LIMIT = 50
const COLUMNS = `uri, cid, did, handle, place.key as place, osm, name, category, latitude, longitude, country, text, lang,
  created_at, sort_at, like_count, comment_count`
const JOINED = 'join person on person.id = checkin.person join place on place.id = checkin.place'

function view(row: Row, signedIn: boolean): object {
  const { name, category, country, text, lang } = row
  const geo = { latitude: row.latitude, longitude: row.longitude }
  const $type = 'community.lexicon.location.'
  return {
    uri: row.uri,
    cid: row.cid,
    author: { did: row.did, handle: row.handle },
    place: { id: row.place, name, category, geo, address: { country } },
    ...(text !== null && { text }),
    createdAt: row.created_at,
    sortAt: row.sort_at,
    source: 'waypost',
    likeCount: row.like_count,
    commentCount: row.comment_count,
    ...(signedIn && { viewer: {} }),
    record: {
      $type: 'app.waypost.checkin',
      place: {
        name,
        refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: row.osm }],
        geo: { $type: `${$type}geo`, ...geo },
        address: { $type: `${$type}address`, country },
        category,
      },
      ...(text !== null && { text, langs: [lang] }),
      createdAt: row.created_at,
    },
  }
}

function serve(file: string, port: number): void {
  const db = new Database(file, { readonly: true })
  db.pragma('cache_size = -65536')
  const page = (from: string, order: string) =>
    db.prepare<Record<string, unknown>, Row>(`select ${COLUMNS} from ${from} ${JOINED} ${order} limit ${LIMIT + 1}`)
  const feeds = {
    timeline: page(
      'timeline join checkin on checkin.id = timeline.checkin',
      'where timeline.person = :of order by timeline.sort desc',
    ),
    global: page('checkin', 'order by sort desc'),
    person: page('checkin', 'where checkin.person = (select id from person where did = :of) order by sort desc'),
    place: page('checkin', 'where checkin.place = (select id from place where key = :of) order by sort desc'),
    nearby: page(
      'checkin',
      `where checkin.id in (select id from point
         where south >= :south and north <= :north and west >= :west and east <= :east) order by sort desc`,
    ),
  }
  const app = fastify({ logger: false })
  for (const [name, statement] of Object.entries(feeds)) {
    app.get<{ Querystring: Record<string, string> }>(`/${name}`, (request, reply) => {
      const rows = statement.all(request.query)
      const feed = rows.slice(0, LIMIT).map((row) => view(row, name === 'timeline'))
      const cursor = rows.length > LIMIT ? Buffer.from(rows[LIMIT - 1]!.sort_at).toString('base64url') : undefined
      void reply.type('application/json').send(JSON.stringify({ feed, cursor }))
    })
  }
  void app.listen({ port, host: '127.0.0.1' })
}

const [file, port] = process.argv.slice(2)
if (import.meta.main && file !== undefined) serve(file, Number(port))
