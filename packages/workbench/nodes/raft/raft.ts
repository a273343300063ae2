import { ok, refuse, type Result } from '@waypost/kernel'
import type { Body, CallFault, Handlers, Message, NodeContext } from '../../src/node/program.ts'
import { openDurableLog, type Entry } from './durable-log.ts'

const HEARTBEAT_MS = 100
/** A node that hears of no leader for this long, up to twice this, wants to be one. */
const ELECTION_MS = 600
/** Entries in one message; the others follow when it was answered. */
const ENTRIES_PER_MESSAGE_MAX = 64
/** After so long without an answer entries are sent again. */
const RETRY_MS = 300

const TEMPORARILY_UNAVAILABLE = 11

/** Raft as a node's part (Ongaro and Ousterhout, 2014), without snapshots: the log grows for as long as the node lives. */
export interface Raft {
  /** Who leads, as far as this node knows. */
  leader(): string | undefined
  /** Has a command applied everywhere; what applying it returned. Refused where it certainly is not and will not be. */
  propose(command: unknown): Promise<Result<unknown, CallFault>>
  /** Resolves when all that was committed before the call is applied here, and this node led after the call. */
  readBarrier(): Promise<Result<undefined, CallFault>>
  readonly handlers: Handlers
}

interface Peer {
  nextIndex: number
  matchIndex: number
  /** The newest round of heartbeats that it answered in this term. */
  round: number
  /** The entries that were sent last, until they are answered. One message at a time: else, on a network that reorders and
   * repeats, answers would beget answers without end. */
  awaited: { readonly number: number; readonly sinceMs: number } | undefined
}

type Answer<T> = (answer: Result<T, CallFault>) => void

/**
 * `apply` is called with each command once per life of the node, in the same order on all nodes. One long function, since
 * elections, replication and reads all turn on the same few variables: role, term, peers and the three indices.
 */
export function startRaft(context: NodeContext, apply: (command: unknown) => unknown): Raft {
  const { world, nodeId, nodeIds, disk, send, fail } = context
  const others = nodeIds.filter((id) => id !== nodeId)
  const majority = Math.floor(nodeIds.length / 2) + 1
  const log = openDurableLog(disk)
  const proposals = new Map<number, { readonly term: number; readonly answer: Answer<unknown> }>()
  let barriers: { readonly round: number; readonly index: number; readonly answer: Answer<undefined> }[] = []
  let role: 'follower' | 'candidate' | 'leader' = 'follower'
  let leader: string | undefined
  let votes = new Set<string>()
  let peers = new Map<string, Peer>()
  let [commitIndex, appliedIndex, durableIndex] = [0, 0, log.lastIndex]
  let [round, messages] = [0, 0]
  let deadlineMs = 0

  const unavailable = (text: string) => refuse({ code: TEMPORARILY_UNAVAILABLE, text })

  function waitForLeader(): void {
    deadlineMs = world.clock.elapsed() + ELECTION_MS * (1 + world.random.fraction())
  }

  /** What goes on beside a handler; a disk that fails ends the node. */
  function inBackground(work: Promise<unknown>): void {
    void work.catch(fail)
  }

  async function follow(term: number, of: string | undefined): Promise<void> {
    if (role === 'leader') {
      for (const { answer } of barriers) answer(unavailable('no longer the leader'))
      barriers = []
    }
    role = 'follower'
    leader = of
    if (term > log.term) await log.setTerm(term, null)
  }

  async function campaign(): Promise<void> {
    role = 'candidate'
    leader = undefined
    votes = new Set([nodeId])
    waitForLeader()
    const term = log.term + 1
    await log.setTerm(term, nodeId)
    if (role !== 'candidate' || log.term !== term) return
    const [lastIndex, lastTerm] = [log.lastIndex, log.termAt(log.lastIndex)]
    for (const other of others) send(other, { type: 'request_vote', term, last_index: lastIndex, last_term: lastTerm })
    if (votes.size >= majority) inBackground(lead())
  }

  async function onRequestVote({ src, body }: Message): Promise<void> {
    const { term, last_index, last_term } = body as Body & { term: number; last_index: number; last_term: number }
    if (term > log.term) await follow(term, undefined)
    const lastTerm = log.termAt(log.lastIndex)
    const isUpToDate = last_term > lastTerm || (last_term === lastTerm && last_index >= log.lastIndex)
    const isFree = log.votedFor === null || log.votedFor === src
    if (term !== log.term || !isUpToDate || !isFree || role !== 'follower') return
    waitForLeader()
    await log.setTerm(term, src)
    if (log.term === term) send(src, { type: 'vote', term })
  }

  async function onVote({ src, body: { term } }: Message): Promise<void> {
    if (role !== 'candidate' || term !== log.term) return
    votes.add(src)
    if (votes.size >= majority) await lead()
  }

  async function lead(): Promise<void> {
    role = 'leader'
    leader = nodeId
    peers = new Map(
      others.map((id) => [id, { nextIndex: log.lastIndex + 1, matchIndex: 0, round: 0, awaited: undefined }]),
    )
    await write([{ term: log.term, command: null }])
  }

  /** Appends to the leader's own log, which counts for the majority once it is on the disk. */
  async function write(entries: readonly Entry[]): Promise<void> {
    const { term } = log
    const written = log.append(entries)
    const index = log.lastIndex
    for (const peer of others) replicate(peer)
    await written
    if (role !== 'leader' || log.term !== term) return
    durableIndex = Math.max(durableIndex, index)
    commit()
  }

  /** Sends a peer the entries that it lacks, unless it has yet to answer for others. */
  function replicate(id: string): void {
    const peer = peers.get(id)!
    const nowMs = world.clock.elapsed()
    if (peer.nextIndex > log.lastIndex || (peer.awaited && nowMs - peer.awaited.sinceMs < RETRY_MS)) return
    peer.awaited = { number: ++messages, sinceMs: nowMs }
    sendAppend(id, peer.nextIndex - 1, log.slice(peer.nextIndex, ENTRIES_PER_MESSAGE_MAX), messages)
  }

  /** Tells all that this node leads, and asks them to say so. */
  function beat(): void {
    round++
    for (const [id, peer] of peers) {
      sendAppend(id, peer.matchIndex, [], 0)
      replicate(id)
    }
  }

  function sendAppend(id: string, previous: number, entries: readonly Entry[], number: number): void {
    const about = { type: 'append', term: log.term, number, round, commit: commitIndex }
    send(id, { ...about, previous, previous_term: log.termAt(previous), entries })
  }

  async function onAppend({ src, body }: Message): Promise<void> {
    const message = body as Body & { term: number; previous: number; previous_term: number; entries: readonly Entry[] }
    const { term, previous, previous_term, entries } = message
    const about = { type: 'appended', round: body['round'], number: body['number'] }
    if (term < log.term) return send(src, { ...about, term: log.term, match: -1, hint: 0 })
    await follow(term, src)
    if (log.term !== term) return
    waitForLeader()
    if (previous > log.lastIndex || log.termAt(previous) !== previous_term) {
      return send(src, { ...about, term, match: -1, hint: Math.min(previous - 1, log.lastIndex) })
    }
    const match = previous + entries.length
    const differs = entries.findIndex((entry, at) => {
      const index = previous + 1 + at
      return index > log.lastIndex || log.termAt(index) !== entry.term
    })
    if (differs >= 0) await log.replaceAfter(previous + differs, entries.slice(differs))
    if (log.term !== term) return
    send(src, { ...about, term, match, hint: match })
    advance(Math.min(body['commit'] as number, match))
  }

  async function onAppended({ src, body }: Message): Promise<void> {
    const message = body as Body & Record<'term' | 'match' | 'hint' | 'round' | 'number', number>
    if (message.term > log.term) return follow(message.term, undefined)
    const peer = peers.get(src)
    if (role !== 'leader' || message.term !== log.term || !peer) return
    peer.round = Math.max(peer.round, message.round)
    peer.matchIndex = Math.max(peer.matchIndex, message.match)
    peer.nextIndex = Math.max(peer.nextIndex, peer.matchIndex + 1)
    commit()
    answerBarriers()
    if (peer.awaited?.number !== message.number) return
    peer.awaited = undefined
    peer.nextIndex = Math.max(peer.matchIndex, message.hint) + 1
    replicate(src)
  }

  /** The majority's entries are committed, if the last of them is of this term (figure 8 of the paper). */
  function commit(): void {
    const matches = [durableIndex, ...[...peers.values()].map(({ matchIndex }) => matchIndex)].toSorted((a, b) => b - a)
    const index = matches[majority - 1]!
    if (log.termAt(index) === log.term) advance(index)
  }

  function advance(index: number): void {
    commitIndex = Math.max(commitIndex, index)
    while (appliedIndex < commitIndex) {
      const { term, command } = log.at(++appliedIndex)
      const result = command === null ? undefined : apply(command)
      const proposal = proposals.get(appliedIndex)
      proposals.delete(appliedIndex)
      if (proposal) proposal.answer(proposal.term === term ? ok(result) : unavailable('another leader came'))
    }
    answerBarriers()
  }

  function answerBarriers(): void {
    if (role !== 'leader') return
    const rounds = [round, ...[...peers.values()].map((peer) => peer.round)].toSorted((a, b) => b - a)
    const confirmed = rounds[majority - 1]!
    const isDue = (barrier: (typeof barriers)[number]): boolean =>
      barrier.round <= confirmed && barrier.index <= appliedIndex
    const due = barriers.filter(isDue)
    if (due.length === 0) return
    barriers = barriers.filter((barrier) => !isDue(barrier))
    for (const { answer } of due) answer(ok(undefined))
  }

  waitForLeader()
  world.timers.every(HEARTBEAT_MS, () => {
    if (role === 'leader') beat()
  })
  world.timers.every(HEARTBEAT_MS / 4, () => {
    if (role !== 'leader' && world.clock.elapsed() >= deadlineMs) inBackground(campaign())
  })

  return {
    leader: () => leader,
    propose(command) {
      if (role !== 'leader') return Promise.resolve(unavailable('not the leader'))
      return new Promise((answer) => {
        proposals.set(log.lastIndex + 1, { term: log.term, answer })
        inBackground(write([{ term: log.term, command }]))
      })
    },
    readBarrier() {
      // Before its first own entry is committed a leader does not know what was committed by others.
      if (role !== 'leader' || log.termAt(commitIndex) !== log.term) {
        return Promise.resolve(unavailable('not the leader, or not yet'))
      }
      return new Promise((answer) => {
        barriers.push({ round: round + 1, index: commitIndex, answer })
        beat()
        answerBarriers()
      })
    },
    handlers: { request_vote: onRequestVote, vote: onVote, append: onAppend, appended: onAppended },
  }
}
