import type { Blobs, KeyValue } from '@waypost/engine'
import { OwnFault, type World } from '@waypost/kernel'
import { holdLease, type Lease, type LeaseEvents } from '#log/lease.ts'
import type { ReadModel } from '#project/read-model.ts'
import { FOLDER, manifestOf, snapshotsAmong, type SnapshotName } from './manifest.ts'
import { takeSnapshot } from './take.ts'

export interface KeepOptions {
  readonly world: World
  readonly keyValue: KeyValue
  readonly blobs: Blobs
  readonly readModel: ReadModel
  readonly owner: string
  readonly everyMs: number
  /** Whether the read model is worth keeping: near the end of the log. */
  readonly isWorthIt: () => boolean
  readonly taken: (name: SnapshotName, ms: number) => void
  readonly failed: (error: unknown) => void
  readonly events?: LeaseEvents
  readonly take?: typeof takeSnapshot
}

/** Further ones are for a newest that turns out to be bad. */
const KEPT = 2
/** Replicas of another version may still begin, or be gone back to, for so long after its last snapshot. */
const OTHERS_MS_MAX = 7 * 86_400_000
const LOOK_MS = 10_000
/** After one that failed. */
const AGAIN_MS = 60_000

/** Of all replicas one takes a snapshot every so often, if there is anything new, and lets go of older ones. */
export function keepSnapshots(options: KeepOptions): Lease {
  const { world, keyValue, owner, events, failed } = options

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let restMs = LOOK_MS
      try {
        await keepOnce(options)
      } catch (fault) {
        if (fault instanceof OwnFault) throw fault
        failed(fault)
        restMs = AGAIN_MS
      }
      await world.timers.sleep(restMs, signal)
    }
  }

  return holdLease({ world, keyValue, name: 'snapshots', owner, events, work })
}

/** Takes one where it is due, and lets go of what is not needed any more. */
export async function keepOnce(options: Omit<KeepOptions, 'keyValue' | 'owner' | 'events' | 'failed'>): Promise<void> {
  const { world, blobs, readModel, everyMs, isWorthIt, taken, take = takeSnapshot } = options
  const position = readModel.position()
  // Of a log without an event nobody could tell that it is this one.
  if (readModel.anchors().length === 0 || !isWorthIt()) return
  const own = snapshotsAmong(await blobs.list(`${FOLDER}${readModel.version}/`)).find(({ isWhole }) => isWhole)
  const isDue = own === undefined || (own.position < position && own.takenAt + everyMs <= world.clock.now())
  if (!isDue) return
  const began = world.clock.elapsed()
  const name = await take(options)
  taken(name, world.clock.elapsed() - began)
  await prune(blobs, { version: readModel.version, now: world.clock.now() })
}

async function prune(
  blobs: Blobs,
  { version, now }: { readonly version: string; readonly now: number },
): Promise<void> {
  const all = snapshotsAmong(await blobs.list(FOLDER))
  for (const [of, snapshots] of Map.groupBy(all, (each) => each.version)) {
    const isOver = of !== version && snapshots[0]!.takenAt + OTHERS_MS_MAX < now
    const kept = isOver ? [] : snapshots.filter(({ isWhole }) => isWhole).slice(0, KEPT)
    // Nobody else takes any: what has no manifest of ours was broken off. Of another version's nobody here can tell.
    const isOurs = of === version || isOver
    for (const snapshot of snapshots) {
      if (kept.includes(snapshot) || (!snapshot.isWhole && !isOurs)) continue
      // Without its manifest nobody begins to load it.
      await blobs.delete(manifestOf(snapshot))
      for (const blob of snapshot.blobs) await blobs.delete(blob)
    }
  }
}
