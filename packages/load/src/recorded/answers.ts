import type { IncomingMessage, ServerResponse } from 'node:http'
import { fromUint8Array } from '@atcute/car'
import * as CBOR from '@atcute/cbor'
import { toCidLink } from '@atcute/cid'
import type { Did, Tid } from '@waypost/kernel'
import { encodeCar, type Block } from '../car.ts'
import type { Recording } from './recording.ts'

/** Of a commit's message, what its author's repository is known by. */
interface CommitBody {
  readonly rev: Tid
  readonly commit: { readonly $link: string }
  readonly blocks: CBOR.Bytes
}

/**
 * Answers the queries that a reader of a recording makes, with what its people's repositories are after its first
 * `sent()` messages. All others are `MethodNotImplemented`.
 */
export function recordedAnswers(
  recording: Recording,
  { kind, sent }: { readonly kind: 'pds' | 'relay'; readonly sent: () => number },
): (request: IncomingMessage, response: ServerResponse) => void {
  const dids = new Map(recording.people.map(({ did, handle }) => [handle, did]))
  const known = new Set<string>(dids.values())

  /** The newest first. */
  function* commitsOf(did: Did): Generator<CommitBody, void> {
    for (const number of recording.messagesOf(did, sent()).toReversed()) {
      const [header, body] = CBOR.decodeFirst(recording.message(number))
      if (header.t === '#commit') yield CBOR.decode(body) as CommitBody
    }
  }

  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://host')
    const did = (url.searchParams.get('did') ?? '') as Did
    const json = (body: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const refuse = (error: string, status = 400): void => json({ error, message: error }, status)
    switch (url.pathname) {
      case '/xrpc/com.atproto.server.describeServer':
        if (kind === 'relay') return refuse('MethodNotImplemented', 501)
        return json({ did: 'did:web:localhost', availableUserDomains: ['.test'] })
      case '/xrpc/com.atproto.identity.resolveHandle': {
        const found = dids.get(url.searchParams.get('handle') ?? '')
        return found ? json({ did: found }) : refuse('HandleNotFound')
      }
      case '/xrpc/com.atproto.sync.getRepoStatus': {
        if (!known.has(did)) return refuse('RepoNotFound')
        return json({ did, active: true, rev: commitsOf(did).next().value?.rev })
      }
      case '/xrpc/com.atproto.sync.getRepo': {
        const commits = [...commitsOf(did)]
        if (commits.length === 0) return refuse('RepoNotFound')
        return void response.writeHead(200, { 'content-type': 'application/vnd.ipld.car' }).end(carOf(commits))
      }
      default:
        return refuse('MethodNotImplemented', 501)
    }
  }
}

/** Of commits, the newest first: every block that ever came, so also some that are no longer of the tree. */
function carOf(commits: readonly CommitBody[]): Uint8Array {
  const blocks = new Map<string, Block>()
  for (const { blocks: car } of commits) {
    for (const { cid, bytes } of fromUint8Array(CBOR.fromBytes(car))) {
      const link = toCidLink(cid)
      blocks.set(link.$link, { cid: link, bytes })
    }
  }
  return encodeCar(blocks.get(commits[0]!.commit.$link)!.cid, blocks.values())
}
