import * as CBOR from '@atcute/cbor'
import type { Did } from '@waypost/kernel'
import type { FakeHost, HostEvent, Message } from './fake-host.ts'
import { accountFrame, commitFrame, errorFrame, identityFrame, infoFrame, syncFrame, type Stamp } from './frame.ts'
import { generatedDid } from './generated.ts'
import type { RepoWrite, SignedRepo } from './signed-repo.ts'

/** Where a host misbehaves by what it says, and in which order: each message by itself may be well formed. */
export interface Stage {
  /** The villain, and an account of its own that has checked in at least once. */
  readonly host: FakeHost
  readonly own: Resident
  /** An honest host, and one of its accounts, of the same kind. */
  readonly elsewhere: FakeHost
  readonly foreign: Resident
  /** A record that nobody has written yet. */
  readonly write: () => RepoWrite
}

export interface Resident {
  readonly did: Did
  readonly repo: SignedRepo
}

export interface MessageVillainy {
  readonly name: string
  readonly act: (stage: Stage) => Promise<void>
}

/** So many of the same, where it is the number that annoys. */
export const FLOOD_MESSAGES = 400
/** Of one person's commits: fewer than a reader lets wait for a repair, and more. */
const STRETCH = 40
const LONG_STRETCH = 90
const JUMP = 50

function commit({ own, write }: Stage): HostEvent & { kind: 'commit' } {
  return { kind: 'commit', did: own.did, writes: [write()] }
}

/** Commits of the villain's own account that are made, and not told yet. */
async function untold(stage: Stage, count: number): Promise<readonly Message[]> {
  const messages: Message[] = []
  for (let turn = 0; turn < count; turn++) messages.push(...(await stage.host.compose(commit(stage))))
  return messages
}

async function say(
  { host }: Pick<Stage, 'host'>,
  messages: readonly Message[],
  numbered = (stamp: Stamp) => stamp,
): Promise<void> {
  for (const message of messages) await host.emit({ kind: 'raw', frame: (stamp) => message(numbered(stamp)) })
}

function again<T>(count: number, one: (turn: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, turn) => one(turn))
}

/** The same for each of `all`, but in an order that neither begins nor ends well. */
function shuffled<T>(all: readonly T[]): readonly T[] {
  return all.map((_, turn) => all[(turn * 7 + 3) % all.length]!)
}

/** What is no message of the protocol: a header and a body that somebody made up. */
function other(header: object, body: object = {}): Message {
  return (stamp) => Buffer.concat([CBOR.encode(header), CBOR.encode({ ...stamp, ...body })])
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

const REPETITIONS: readonly MessageVillainy[] = [
  { name: 'sends a commit twice', act: (stage) => stage.host.emit({ ...commit(stage), sent: 'twice' }) },
  {
    name: 'sends one commit again and again',
    async act(stage) {
      const [message] = await untold(stage, 1)
      await say(
        stage,
        again(FLOOD_MESSAGES, () => message!),
      )
    },
  },
  {
    name: 'tells a long story again, under its old numbers',
    async act(stage) {
      const story = await untold(stage, LONG_STRETCH)
      const first = stage.host.lastSeq + 1
      await say(stage, story)
      let seq = first
      await say(stage, story, (stamp) => ({ ...stamp, seq: seq++ }))
    },
  },
  {
    name: 'tells a long story again, under new numbers',
    async act(stage) {
      const story = await untold(stage, LONG_STRETCH)
      await say(stage, [...story, ...story])
    },
  },
  {
    name: 'tells a long story again, back to front',
    async act(stage) {
      const story = await untold(stage, LONG_STRETCH)
      await say(stage, [...story, ...story.toReversed()])
    },
  },
]

const DISORDER: readonly MessageVillainy[] = [
  { name: 'swaps two commits', act: async (stage) => say(stage, (await untold(stage, 2)).toReversed()) },
  { name: 'shuffles a stretch of commits', act: async (stage) => say(stage, shuffled(await untold(stage, STRETCH))) },
  {
    name: 'shuffles a long stretch of commits',
    act: async (stage) => say(stage, shuffled(await untold(stage, LONG_STRETCH))),
  },
  { name: 'keeps one commit back', act: async (stage) => say(stage, (await untold(stage, 2)).slice(1)) },
  { name: 'keeps many commits back', act: async (stage) => say(stage, (await untold(stage, STRETCH)).slice(-1)) },
  {
    name: 'keeps every other commit back',
    act: async (stage) =>
      say(
        stage,
        (await untold(stage, STRETCH)).filter((_, turn) => turn % 2),
      ),
  },
  {
    name: 'keeps a commit back and tells of the state after it',
    async act(stage) {
      await untold(stage, 1)
      await stage.host.emit({ kind: 'sync', did: stage.own.did })
    },
  },
]

const NUMBERS: readonly MessageVillainy[] = [
  {
    name: 'counts backwards',
    async act(stage) {
      let seq = stage.host.lastSeq + STRETCH
      await say(stage, await untold(stage, STRETCH), (stamp) => ({ ...stamp, seq: seq-- }))
    },
  },
  {
    name: 'gives all messages one number',
    async act(stage) {
      const seq = stage.host.lastSeq + 1
      await say(stage, await untold(stage, STRETCH), (stamp) => ({ ...stamp, seq }))
    },
  },
  {
    name: 'gives all messages the number nought',
    act: async (stage) => say(stage, await untold(stage, STRETCH), (stamp) => ({ ...stamp, seq: 0 })),
  },
  {
    name: 'counts to the end of all numbers and begins again, then hangs up',
    async act(stage) {
      await say(stage, await untold(stage, 1), (stamp) => ({ ...stamp, seq: Number.MAX_SAFE_INTEGER }))
      await say(stage, await untold(stage, STRETCH))
      await until(() => stage.host.readers.furthest === stage.host.emitted.frames)
      stage.host.disconnect()
    },
  },
  {
    name: 'jumps ahead for one message, and hangs up before the numbers that it passed over',
    async act(stage) {
      const { host, own } = stage
      const story = await untold(stage, STRETCH + JUMP)
      await say(stage, [(stamp) => identityFrame({ ...stamp, seq: stamp.seq + JUMP }, { did: own.did })])
      await say(stage, story.slice(0, 2))
      await until(() => host.readers.furthest === host.emitted.frames)
      host.disconnect()
      await say(stage, story.slice(2))
    },
  },
]

const CHATTER: readonly MessageVillainy[] = [
  {
    name: 'informs us without an end',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => () => infoFrame({ name: 'OutdatedCursor', message: 'So it is.' })),
      ),
  },
  {
    name: 'says one error after another and goes on',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => () => errorFrame({ error: 'ConsumerTooSlow', message: 'So you are.' })),
      ),
  },
  {
    name: 'makes up errors of its own, each with another name',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, (turn) => () => errorFrame({ error: `Error${turn}` })),
      ),
  },
  {
    name: 'takes our place in its stream for a future one, again and again',
    act: (stage) =>
      say(
        stage,
        again(20, () => () => errorFrame({ error: 'FutureCursor' })),
      ),
  },
  {
    name: 'speaks of the weather',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => other({ op: 1, t: '#weather' })),
      ),
  },
  {
    name: 'uses kinds of messages to come',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => other({ op: 2, t: '#commit' })),
      ),
  },
  {
    name: 'sends messages of nothing',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => () => new Uint8Array()),
      ),
  },
  {
    name: 'tells of people of whom nobody has heard',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, (turn) => (stamp) => {
          const did = generatedDid(`nobody ${turn}`)
          return turn % 2
            ? identityFrame(stamp, { did })
            : accountFrame(stamp, { did, active: false, status: 'deleted' })
        }),
      ),
  },
  {
    name: 'checks in people of whom nobody has heard',
    async act(stage) {
      const [message] = await untold(stage, 1)
      const strangers = again(STRETCH, (turn) => generatedDid(`nobody ${turn}`))
      // Their messages are as the villain's own, but for the name.
      await say(
        stage,
        strangers.map((did) => (stamp) => renamed(message!(stamp), did)),
      )
      await say(stage, [message!])
    },
  },
  {
    name: 'says of its own account that it goes and comes, all day long',
    act: (stage) =>
      say(
        stage,
        again(STRETCH, (turn) => (stamp) => {
          const { did } = stage.own
          return turn % 2
            ? accountFrame(stamp, { did, active: false, status: 'deactivated' })
            : accountFrame(stamp, { did, active: true })
        }),
      ),
  },
  {
    name: 'says of its own account that it is somebody else, all day long',
    act: (stage) =>
      say(
        stage,
        again(FLOOD_MESSAGES, () => (stamp) => identityFrame(stamp, { did: stage.own.did, handle: 'else.test' })),
      ),
  },
]

function renamed(frame: Uint8Array, repo: Did): Uint8Array {
  const [header, rest] = CBOR.decodeFirst(frame)
  return Buffer.concat([CBOR.encode(header), CBOR.encode({ ...(CBOR.decode(rest) as object), repo })])
}

/** What is said of somebody who lives elsewhere, whether it is true or not. */
const HEARSAY: readonly MessageVillainy[] = [
  {
    name: "tells a stranger's commit before their own host does",
    async act(stage) {
      const { elsewhere, foreign, write } = stage
      const [message] = await elsewhere.compose({ kind: 'commit', did: foreign.did, writes: [write()] })
      await say(stage, [message!])
      await until(() => stage.host.readers.furthest === stage.host.emitted.frames)
      await say({ host: elsewhere }, [message!])
    },
  },
  {
    name: "tells a stranger's commit after their own host did, again and again",
    async act(stage) {
      const { elsewhere, foreign, write } = stage
      const [message] = await elsewhere.compose({ kind: 'commit', did: foreign.did, writes: [write()] })
      await say({ host: elsewhere }, [message!])
      await say(
        stage,
        again(STRETCH, () => message!),
      )
    },
  },
  {
    name: "makes up a stranger's commit",
    async act(stage) {
      const { foreign, write } = stage
      const made = await foreign.repo.draft([write()])
      await say(stage, [
        (stamp) => commitFrame(stamp, { ...made, blocks: made.blocks.with(-1, made.blocks.at(-1)! ^ 1) }),
      ])
    },
  },
  {
    name: 'tells how a stranger stands, truly',
    async act(stage) {
      const { repo, did } = stage.foreign
      const { rev } = repo.head!
      await say(stage, [(stamp) => syncFrame(stamp, { did, rev, blocks: repo.headCar() })])
    },
  },
  ...(['deleted', 'deactivated', 'takendown'] as const).map((status) => ({
    name: `says that a stranger is ${status}`,
    act: (stage: Stage) =>
      say(stage, [(stamp) => accountFrame(stamp, { did: stage.foreign.did, active: false, status })]),
  })),
  {
    name: 'says that a stranger has another name',
    act: (stage) => say(stage, [(stamp) => identityFrame(stamp, { did: stage.foreign.did, handle: 'else.test' })]),
  },
]

export const MESSAGE_VILLAINIES: readonly MessageVillainy[] = [
  ...REPETITIONS,
  ...DISORDER,
  ...NUMBERS,
  ...CHATTER,
  ...HEARSAY,
]
