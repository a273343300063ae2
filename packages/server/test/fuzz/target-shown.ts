import assert from 'node:assert/strict'
import { jsonToLex } from '@atproto/lex'
import { app } from '@waypost/lexicon'
import { atUri, tidFrom, type Did } from '@waypost/kernel'
import { judgeRecord } from '#verify/commit.ts'
import type { EventBody, RecordPut } from '#verify/event.ts'
import { givenEvents, type Given } from '#project/given.ts'
import { prepareCheckins, type Checkins } from '#query/checkin.ts'
import { preparePersons } from '#query/person.ts'
import { prepareSights, type Sights } from '#query/sight.ts'
import { viewCheckins, viewComments } from '#view/page.ts'
import { eventFrame } from '#serve/live/frames.ts'
import type { Seed } from './corpus.ts'
import { records } from './target-records.ts'
import type { Target, Verdict } from './target.ts'

const DID: Did = 'did:plc:shownshownshownshownshow'
const CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const SOURCE = { host: 'https://pds.example', seq: 0 }

export const shown: Target = {
  name: 'shown',
  about: 'the same records, folded into the read model, read again and made ready to show',
  seeds: (corpus) => corpus.records,
  mutate: records.mutate,
  judge: judgeShown,
  check(_mutant, { said, meaning }) {
    if (said !== 'shown') return
    const { schema, view } = meaning as { readonly schema: Schema; readonly view: unknown }
    const checked = schema.safeValidate(jsonToLex(view as Parameters<typeof jsonToLex>[0]))
    assert.ok(checked.success, `a view that its own lexicon does not allow: ${String(checked.reason)}`)
  },
  reaches: ['shown', 'folded', 'refused'],
  turns: 700,
}

interface Schema {
  safeValidate(value: unknown): { readonly success: boolean; readonly reason?: unknown }
}

/** One read model for a campaign; a mutant takes the place of the one before it. */
interface Stage {
  readonly given: Given
  readonly checkins: Checkins & Sights
  micros: number
}

let stage: Stage | undefined

function openStage(): Stage {
  const head = { rev: undefined, data: undefined, active: true, status: undefined }
  const given = givenEvents([
    { kind: 'identity', did: DID, source: SOURCE, head, handle: 'ana.test', pds: 'https://pds.example' },
  ])
  process.once('exit', () => given[Symbol.dispose]())
  const { db } = given.readModel
  return {
    given,
    checkins: { ...prepareCheckins(db, preparePersons(db)), ...prepareSights(db) },
    micros: 1_767_225_600_000_000,
  }
}

function judgeShown({ bytes, about }: Seed): Verdict {
  const judged = judgeRecord(about, CID, bytes, [])
  if (judged.action === 'delete') return { said: 'refused' }
  stage ??= openStage()
  stage.micros += 1_000
  stage.given.and([commitOf(judged, tidFrom(stage.micros, 0))])
  const uri = atUri(DID, judged.collection, judged.rkey)
  const { db } = stage.given.readModel
  const checkin = stage.checkins.checkinId(uri)
  if (checkin !== undefined) {
    const views = viewCheckins(stage.checkins, [checkin], undefined)
    const view: unknown = JSON.parse(JSON.stringify(views[0]))
    eventFrame({ kind: 'checkin', seq: 1, uri, checkin: () => views[0] })
    return { said: 'shown', meaning: { schema: app.waypost.feed.defs.checkinView, view } }
  }
  const comment = db.prepare<[], { id: number }>('select id from comment').get()
  if (comment === undefined || !judged.collection.endsWith('.comment')) return { said: 'folded' }
  const [view] = viewComments(stage.checkins, [comment.id], undefined)
  return {
    said: view ? 'shown' : 'folded',
    meaning: { schema: app.waypost.feed.defs.commentView, view: JSON.parse(JSON.stringify(view)) as unknown },
  }
}

function commitOf(put: RecordPut, rev: string): EventBody {
  return {
    kind: 'commit',
    did: DID,
    source: SOURCE,
    head: { rev, data: undefined, active: true, status: undefined },
    rev,
    ops: [put],
  }
}
