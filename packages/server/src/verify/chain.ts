import { ok, tidMicros, type Cid, type Result, type Tid } from '@waypost/kernel'
import { fault, type Fault } from '#verify/blocks.ts'
import type { RepoHead } from '#verify/event.ts'

/** A rev from further in the future is refused: it would shut out every honest commit until then. */
export const REV_AHEAD_MS_MAX = 5 * 60_000

/** Before any work is spent on a frame: whether its rev can be the next one at all. */
export function revCanFollow(rev: Tid, head: RepoHead | undefined, nowMs: number): Result<undefined, Fault> {
  if (tidMicros(rev) / 1_000 > nowMs + REV_AHEAD_MS_MAX) return fault('rev-in-future', rev)
  if (head?.rev !== undefined && rev <= head.rev) return fault('rev-repeated', rev)
  return ok(undefined)
}

/** After the commit holds by itself: whether it comes right after the last one that we know. */
export function follows(
  commit: { readonly since: Tid | null; readonly prevData: Cid },
  head: RepoHead | undefined,
): Result<undefined, Fault> {
  if (head?.rev === undefined) {
    return commit.since === null ? ok(undefined) : fault('chain-broken', 'the first that we see is not the first')
  }
  if (commit.since !== head.rev) return fault('chain-broken', `since ${String(commit.since)}, known ${head.rev}`)
  if (commit.prevData !== head.data) return fault('chain-broken', 'prevData is not the tree that we know')
  return ok(undefined)
}
