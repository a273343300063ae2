import type { AtUriString, DidString, HandleString, NsidString } from '@atproto/syntax'

export type Did = DidString
export type Handle = HandleString
export type Nsid = NsidString
export type AtUri = AtUriString
/** A content identifier as text; checked wherever one is read. */
export type Cid = string

/** The address of a record: `at://did/collection/rkey`. All three must have been checked before. */
export function atUri(did: string, collection: string, rkey: string): AtUri {
  return `at://${did}/${collection}/${rkey}` as AtUri
}

/** What `at://did/collection/rkey` names; undefined where the text is not of that form with a DID. */
export function splitAtUri(uri: string): { did: Did; collection: Nsid; rkey: string } | undefined {
  const match = /^at:\/\/(did:[a-z]+:[A-Za-z0-9._:%-]+)\/([A-Za-z0-9.-]+)\/([A-Za-z0-9._:~-]{1,512})$/.exec(uri)
  if (!match) return undefined
  return { did: match[1] as Did, collection: match[2] as Nsid, rkey: match[3]! }
}
