import { setTimeout as sleep } from 'node:timers/promises'
import { ahead } from './ahead.ts'
import { median } from './feeds/cost.ts'
import type { Bench, Figure } from './main.ts'
import { BSKY_VERSION } from './peers/bsky-install.ts'
import { openAll, timeIndexed, untilIndexed } from './peers/indexed.ts'
import { makeNetwork, type Telling } from './peers/material.ts'
import { memoryMbOf } from './proc.ts'
import { comparePages, timeReads, warmUp, type Way } from './peers/reads.ts'
import { startBsky, startWaypost, type Side } from './peers/sides.ts'
import { timeVisible } from './peers/visible.ts'

/** While others write, so many records a second come in: less than either side can take in. */
const OTHERS_PER_SECOND = 40
/** They write for no longer than this for each commit that is timed. */
const COMMIT_SECONDS_MAX = 0.3
const SMALL = {
  people: 60,
  followsEach: 15,
  records: 500,
  rounds: 3,
  commits: 30,
  reads: { warmSeconds: 3, rounds: 3, seconds: 0.4 },
  memoryRestMs: 2_000,
}
const FULL = {
  people: 500,
  followsEach: 30,
  records: 2_000,
  rounds: 5,
  commits: 200,
  reads: { warmSeconds: 15, rounds: 5, seconds: 3 },
  // After some idle seconds V8 gives back what it took for the work.
  memoryRestMs: 20_000,
}

/**
 * Waypost beside Bluesky's own open AppView, in one run on one machine, by turns. `_vs_bsky` is how many times better
 * Waypost does, `_bsky` their figure.
 *
 * Equal are: the people with their keys and handles, whom they follow, how many records there are in how many signed
 * commits, their words, languages and times; that each side follows a firehose on loopback, looks identities up in a
 * directory on loopback and asks the host for handles; that what a side shows outlives a power cut (Waypost's log with
 * synchronous FULL, PostgreSQL as Debian ships it); the timelines, of which some are compared text by text before any is
 * timed; the one question a commit by which the time to visible is found, which is no load. Charged is the CPU time of all
 * processes of a side, Node and PostgreSQL, and their resident memory, of which each has its part of what several share.
 * This process, the hosts and the directories are charged to nobody.
 *
 * Not equal, to the good of Bluesky: its subscription checks neither signatures (`unauthenticatedCommits`) nor that a
 * commit follows on the one before, and keeps its cursor in memory; a post has no place, while a check-in is larger by
 * one, lies on the map, makes a place known and counts for points; who asks is told by a password and a name, where
 * Waypost looks up a session (`reads_token` has a signed token for each question on both sides); its tables are vacuumed
 * and analysed before they are read. Of its development network there are data plane, subscription and HTTP service, in
 * one process as there; neither bsync, which keeps what people mute and prefer and is not asked for here, nor Redis, to
 * which version 0.0.280 opens no connection. Both would add to its memory.
 *
 * Not equal, to the good of Waypost: it is one program for few kinds of records, where Bluesky's has a data plane that is
 * asked over HTTP and views of twenty kinds; it keeps timelines and fragments of pages in memory, where PostgreSQL joins
 * them for each question; a post's view says more of what the viewer has to do with it and its author. `reads` asks for
 * pages with a parameter that was never there before, so that each is made; `reads_held` asks as clients do, and then
 * most lie ready. The data plane is the one that Bluesky publishes; what its own service runs on is another one, and not
 * open.
 */
export const bench: Bench = {
  about: `beside Bluesky's open AppView (@atproto/bsky ${BSKY_VERSION}, PostgreSQL): commit to visible, indexing, timelines, memory`,
  async run({ full, note }): Promise<readonly Figure[]> {
    const size = full ? FULL : SMALL
    const secondsMax = Math.ceil(size.commits * COMMIT_SECONDS_MAX)
    const sayings = size.records * (size.rounds + 1) + OTHERS_PER_SECOND * secondsMax
    const network = await makeNetwork({ ...size, sayings })
    await using opened = new AsyncDisposableStack()
    const bsky = await startBsky(network, note)
    if (bsky === undefined) return []
    opened.use(bsky)
    const ours = opened.use(await startWaypost(network))
    const sides: readonly Side[] = [bsky, ours]
    await openAll(sides)
    note('both know everybody')

    const indexed = await timeIndexed(sides, network, size)
    note('indexed')
    const visible = async (perSecond: number) => {
      using _ahead = ahead(note)
      return timeVisible(sides, network, { ...size, perSecond, secondsMax })
    }
    const [alone, busy] = [await visible(0), await visible(OTHERS_PER_SECOND)]
    note('visible')
    for (const side of sides) {
      await untilIndexed(side, network)
      await side.settle()
    }
    await bsky.tidy()
    note(`${await comparePages(sides, network)} timelines are the same`)
    const memoryNow = async () => {
      await sleep(size.memoryRestMs)
      return { waypost: memoryMbOf(ours.pids, 'proportional'), bsky: memoryMbOf(bsky.pids, 'proportional') }
    }
    const memory = await memoryNow()
    await warmUp(sides, network, size.reads.warmSeconds)
    const reads = (way: Way) => timeReads(sides, network, { way, ...size.reads })
    const [made, held, token] = [await reads('made'), await reads('held'), await reads('token')]
    const memoryRead = await memoryNow()

    const clock = (side: Telling): number => median(indexed[side].map(({ ofClock }) => ofClock))
    const cpu = (side: Telling): number => median(indexed[side].map(({ ofCpu }) => ofCpu))
    const middle = (times: Readonly<Record<Telling, readonly number[]>>) => (side: Telling) => median(times[side])
    return [
      ...less('visible', (side) => alone[side], 'ms'),
      ...less('visible_busy', (side) => busy[side], 'ms'),
      ...more('indexed', cpu, 'records a CPU second'),
      ...more('indexed_clock', clock, 'records a second'),
      ...more('reads', middle(made), 'pages a CPU second, each made anew'),
      ...more('reads_held', middle(held), 'pages a CPU second, as clients ask'),
      ...more('reads_token', middle(token), 'pages a CPU second, by a token each'),
      ...less('memory', (side) => memory[side], 'MB'),
      ...less('memory_read', (side) => memoryRead[side], 'MB, after all that was read'),
    ]
  },
}

function less(name: string, of: (side: Telling) => number, unit: string): readonly Figure[] {
  return figures(name, { of, unit, ratio: of('bsky') / of('waypost') })
}

function more(name: string, of: (side: Telling) => number, unit: string): readonly Figure[] {
  return figures(name, { of, unit, ratio: of('waypost') / of('bsky') })
}

function figures(
  name: string,
  { of, unit, ratio }: { of: (side: Telling) => number; unit: string; ratio: number },
): readonly Figure[] {
  return [
    { name: `${name}_vs_bsky`, value: ratio, unit: '×' },
    { name, value: of('waypost'), unit },
    { name: `${name}_bsky`, value: of('bsky'), unit: `${unit}, theirs` },
  ]
}
