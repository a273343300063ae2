import { FLOOD_MESSAGES, type Fault, type MessageVillainy, type SocketVillainy } from '@waypost/load'
import type { OutboundFault } from '#wire/outbound.ts'
import type { RefusalReason } from '#verify/refusal.ts'

/** What each way of spoiling a commit's message has to be refused as. */
export const REFUSED_AS: Readonly<Record<Fault, RefusalReason>> = {
  oversized: 'frame-too-large',
  truncated: 'frame-truncated',
  'deep-frame': 'frame-too-deep',
  noise: 'frame-malformed',
  'unknown-type': 'frame-unknown-type',
  'not-a-car': 'car-malformed',
  'missing-block': 'block-missing',
  'block-hash': 'block-hash',
  signature: 'signature',
  'other-key': 'signature',
  'high-s': 'signature',
  'rev-mismatch': 'commit-mismatch',
  'op-mismatch': 'op-mismatch',
  'prev-data': 'prev-data',
  'prev-data-missing': 'prev-data',
  'future-rev': 'rev-in-future',
  'soon-rev': 'rev-in-future',
  'last-rev': 'rev-in-future',
  'past-rev': 'rev-repeated',
  'seq-negative': 'frame-malformed',
  'seq-fraction': 'frame-malformed',
  'seq-text': 'frame-malformed',
  'seq-missing': 'frame-malformed',
  'seq-too-large': 'frame-malformed',
}

interface Said {
  /** Each reason, and how often at least. */
  readonly refused?: readonly (readonly [RefusalReason, number])[]
  /** What may be refused besides: a message that waited for a repair was in it, or came too late. */
  readonly alsoRefused?: readonly RefusalReason[]
  /** How often the host says something of its stream. */
  readonly hostSaid?: number
  /** How many repositories are asked for in vain. */
  readonly failedRepairs?: number
}

/** What each way of misbehaving by messages comes to. */
export const SAID_AS: Readonly<Record<MessageVillainy['name'], Said>> = {
  'sends a commit twice': { refused: [['rev-repeated', 1]] },
  'sends one commit again and again': { refused: [['rev-repeated', FLOOD_MESSAGES - 1]] },
  'tells a long story again, under its old numbers': { refused: [['rev-repeated', 90]] },
  'tells a long story again, under new numbers': { refused: [['rev-repeated', 90]] },
  'tells a long story again, back to front': { refused: [['rev-repeated', 90]] },
  'swaps two commits': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'shuffles a stretch of commits': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'shuffles a long stretch of commits': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'keeps one commit back': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'keeps many commits back': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'keeps every other commit back': { refused: [['chain-broken', 1]], alsoRefused: ['rev-repeated'] },
  'keeps a commit back and tells of the state after it': {
    refused: [['chain-broken', 1]],
    alsoRefused: ['rev-repeated'],
  },
  'counts backwards': {},
  'gives all messages one number': {},
  'gives all messages the number nought': {},
  'counts to the end of all numbers and begins again, then hangs up': {},
  'jumps ahead for one message, and hangs up before the numbers that it passed over': {},
  'informs us without an end': { hostSaid: FLOOD_MESSAGES },
  'says one error after another and goes on': { hostSaid: FLOOD_MESSAGES },
  'makes up errors of its own, each with another name': { hostSaid: FLOOD_MESSAGES },
  'takes our place in its stream for a future one, again and again': { hostSaid: 20 },
  'speaks of the weather': { refused: [['frame-unknown-type', FLOOD_MESSAGES]] },
  'uses kinds of messages to come': { refused: [['frame-unknown-type', FLOOD_MESSAGES]] },
  'sends messages of nothing': { refused: [['frame-truncated', FLOOD_MESSAGES]] },
  'tells of people of whom nobody has heard': {},
  'checks in people of whom nobody has heard': { failedRepairs: 40 },
  'says of its own account that it goes and comes, all day long': {
    refused: [['host-not-authoritative', 1]],
    alsoRefused: ['rev-repeated'],
  },
  'says of its own account that it is somebody else, all day long': {},
  "tells a stranger's commit before their own host does": { refused: [['host-not-authoritative', 1]] },
  "tells a stranger's commit after their own host did, again and again": { refused: [['rev-repeated', 40]] },
  "makes up a stranger's commit": { refused: [['host-not-authoritative', 1]] },
  'tells how a stranger stands, truly': { refused: [['host-not-authoritative', 1]] },
  'says that a stranger is deleted': { refused: [['host-not-authoritative', 1]] },
  'says that a stranger is deactivated': { refused: [['host-not-authoritative', 1]] },
  'says that a stranger is takendown': { refused: [['host-not-authoritative', 1]] },
  'says that a stranger has another name': { refused: [['host-not-authoritative', 1]] },
}

/** What the outbound door says of each way of answering badly; a number: it is an answer, with this status. */
export const ANSWERED_AS: Readonly<Record<SocketVillainy['name'], OutboundFault['reason'] | number>> = {
  'hangs up without a word': 'unreachable',
  'says nothing': 'timed-out',
  drips: 'timed-out',
  'drips its headers': 'timed-out',
  'never ends': 'answer-too-large',
  'never ends, in single bytes': 'answer-too-large',
  'never ends its headers': 'unreachable',
  'has one endless header': 'unreachable',
  'says for ever that it goes on': 'timed-out',
  'packs much into little': 'answer-too-large',
  'packs what is packed, five times over': 'answer-too-large',
  'packs what is packed past all sense': 'unreachable',
  'packs what is packed past all sense, and breaks off': 'unreachable',
  'breaks off in the middle of more than we take at once': 'answer-too-large',
  'says that it packs, and does not': 'unreachable',
  'promises more than it sends, and goes': 'unreachable',
  'promises more than it sends, and stays': 'timed-out',
  'promises a length past all numbers': 'unreachable',
  'names two lengths': 'unreachable',
  'breaks its chunks': 'unreachable',
  'announces a chunk of 2^60 bytes': 'timed-out',
  'speaks another protocol': 'unreachable',
  'answers with TLS': 'unreachable',
  'redirects to this machine': 'redirect-refused',
  'redirects to a private network': 'redirect-refused',
  'redirects to itself, for ever': 'redirect-refused',
  'is too busy': 429,
  fails: 500,
  'answers with nothing': 200,
  'answers with what is no JSON': 200,
  'answers with a list': 200,
  'answers about somebody else': 200,
  'answers with nesting past all sense': 200,
}
