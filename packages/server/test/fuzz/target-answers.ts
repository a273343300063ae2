import assert from 'node:assert/strict'
import { isValidHandle } from '@atproto/syntax'
import { isTid, type Did } from '@waypost/kernel'
import { ok } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { fetchRepo, fetchRepoStatus, readJson } from '#wire/repo.ts'
import { parseDidKey } from '#verify/did-key.ts'
import { createHandles } from '#verify/handle.ts'
import { identityOf } from '#verify/identity.ts'
import type { Seed } from './corpus.ts'
import type { Dice } from './dice.ts'
import { fromJson, writeJson } from './item-json.ts'
import { itemsIn } from './item.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import type { Scene, Target, Verdict } from './target.ts'

/** The door out takes no more of either. */
const DOCUMENT_BYTES_MAX = 64 * 1_024
const DID: Did = 'did:plc:answeransweransweranswer'

export const documents: Target = {
  name: 'documents',
  about: 'DID documents, of today and of the older kind',
  seeds: (corpus) => corpus.documents,
  mutate: (scene) => ({ ...mutateJson(scene), about: scene.seed.about, kind: 'sealed' }),
  judge({ bytes, about }) {
    if (bytes.length > DOCUMENT_BYTES_MAX) return { said: 'too large' }
    const document = readJson({ status: 200, headers: new Headers(), body: bytes })
    if (!document) return { said: 'not a document' }
    const identity = identityOf(about as Did, document, 0)
    return identity.ok ? { said: 'identity', meaning: identity.value } : { said: identity.error.detail }
  },
  check(_mutant, { said, meaning }) {
    if (said !== 'identity') return
    const { claimedHandle, pds, signingKey } = meaning as Extract<ReturnType<typeof identityOf>, { ok: true }>['value']
    assert.ok(claimedHandle === undefined || isValidHandle(claimedHandle))
    assert.ok(pds === undefined || /^https?:\/\/[^/]+$/.test(pds))
    assert.equal(parseDidKey(signingKey.text)?.text, signingKey.text)
  },
  reaches: ['not a document', 'the document is about another DID', 'no signing key', 'identity'],
  turns: 1_000,
}

/** `about` says which question was asked and which status the answer has. */
export const answers: Target = {
  name: 'answers',
  about: "JSON and text with which a person's PDS answers about accounts, repositories and handles",
  seeds: () => ANSWERS,
  mutate(scene) {
    const [question] = scene.seed.about.split(' ')
    const status = scene.dice.one([200, 200, 200, 400, 404, 429, 500, 301, 0, 999])
    return { ...mutateJson(scene), about: `${question} ${status}`, kind: 'sealed' }
  },
  judge: judgeAnswer,
  check(_mutant, { said, meaning }) {
    if (said === 'status') {
      const { rev, status } = meaning as { readonly rev: string | undefined; readonly status: string | undefined }
      assert.ok(rev === undefined || isTid(rev))
      assert.ok(status === undefined || status.length <= 128)
    }
    if (said === 'leads') assert.match((meaning as { to: string }).to, /^did:[a-z]+:/)
    if (said === 'refused') assert.ok((meaning as { error: string }).error.length <= 128)
  },
  reaches: ['status', 'repository', 'refused', 'unreachable', 'leads', 'nowhere', 'away'],
  turns: 1_200,
}

const ANSWERS: readonly Seed[] = [
  ['getRepoStatus 200', { did: DID, active: true, rev: '3l3qo2vuowo2b' }],
  ['getRepoStatus 200', { did: DID, active: false, status: 'deactivated' }],
  ['getRepoStatus 400', { error: 'RepoNotFound', message: 'Could not find it' }],
  ['getRepo 400', { error: 'RepoDeactivated', message: 'Away' }],
  ['resolveHandle 200', { did: DID }],
  ['well-known 200', DID],
].map(([about, body]) => ({
  about: about as string,
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
}))

async function judgeAnswer({ bytes, about }: Seed): Promise<Verdict> {
  if (bytes.length > DOCUMENT_BYTES_MAX) return { said: 'too large' }
  const [question, status] = about.split(' ')
  const outbound: Pick<Outbound, 'fetch'> = {
    fetch: async () => ok({ status: Number(status), headers: new Headers(), body: bytes }),
  }
  const door = outbound as Outbound
  const txtRecords = async (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' }))
  switch (question) {
    case 'getRepoStatus': {
      const answer = await fetchRepoStatus(door, 'https://pds.example', DID)
      return answer.ok ? { said: 'status', meaning: answer.value } : { said: answer.error.kind, meaning: answer.error }
    }
    case 'getRepo': {
      const answer = await fetchRepo(door, 'https://pds.example', DID, { maxBytes: 1_000 })
      return answer.ok ? { said: 'repository' } : { said: answer.error.kind, meaning: answer.error }
    }
    default: {
      const handlesAtPds = question === 'resolveHandle' ? 'https://pds.example' : undefined
      const answer = await createHandles({ outbound: door, handlesAtPds, txtRecords }).ask('ana.example')
      return { said: answer.kind, meaning: answer }
    }
  }
}

function mutateJson({ seed, other, dice }: Scene): { bytes: Buffer; by: string } {
  const value = jsonIn(seed.bytes)
  if (value === undefined || dice.chance(0.3)) return mutateBytes(seed.bytes, other.bytes, dice)
  const item = fromJson(value)
  const by = mutateItem(item, [...itemsIn(fromJson(jsonIn(other.bytes) ?? null))], dice, 0)
  return { bytes: surrogates(writeJson(item), dice), by }
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}

/** JSON's own way to half of a pair. */
function surrogates(json: Buffer, dice: Dice): Buffer {
  return dice.chance(0.03) ? Buffer.from(json.toString('latin1').replace('e', String.raw`\ud800`), 'latin1') : json
}
