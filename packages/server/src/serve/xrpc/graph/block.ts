import { app } from '@waypost/lexicon'
import { markPerson } from './mark-person.ts'

export const block = markPerson('blocks', {
  kind: 'block',
  schema: app.bsky.graph.block.main,
  known: (own, did, subject) => own.blocks(did, subject),
})
