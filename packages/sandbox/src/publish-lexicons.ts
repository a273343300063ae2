import { isDeepStrictEqual } from 'node:util'
import type { LexiconDocument } from '@waypost/lexicon/documents'
import { type Account, type PdsClient, type Write, WRITES_MAX } from './pds-client.ts'

const COLLECTION = 'com.atproto.lexicon.schema'

/**
 * Makes an account's repository hold exactly these lexicons, each under its id, and writes only what differs.
 * Answers the ids written or deleted.
 */
export async function publishLexicons(
  pds: PdsClient,
  account: Account,
  documents: readonly LexiconDocument[],
): Promise<readonly string[]> {
  const published = new Map(
    (await pds.records(account.did, COLLECTION)).map((record) => [keyOf(record.uri), record.value]),
  )
  const writes: Write[] = []
  for (const document of documents) {
    const value = { $type: COLLECTION, ...document }
    const before = published.get(document.id)
    if (isDeepStrictEqual(before, value)) continue
    writes.push({ action: before ? 'update' : 'create', collection: COLLECTION, rkey: document.id, value })
  }
  const wanted = new Set(documents.map((document) => document.id))
  for (const id of published.keys()) {
    if (!wanted.has(id)) writes.push({ action: 'delete', collection: COLLECTION, rkey: id })
  }
  for (let from = 0; from < writes.length; from += WRITES_MAX) {
    await pds.write(account, writes.slice(from, from + WRITES_MAX))
  }
  return writes.map((write) => write.rkey)
}

function keyOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1)
}
