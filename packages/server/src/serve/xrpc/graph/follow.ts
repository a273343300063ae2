import type { Did } from '@waypost/kernel'
import { app } from '@waypost/lexicon'
import { markPerson } from './mark-person.ts'

export const follow = markPerson('follows', {
  kind: 'follow',
  schema: app.bsky.graph.follow.main,
  known: (own, did, subject) => own.follows(did, subject as Did),
})
