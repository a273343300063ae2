import type { KeyValue, Position } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import { fileNameOf, type ReadModel } from './read-model.ts'
import { beginOnThread } from './snapshot/thread.ts'

/*
 * What each replica holds, told to whoever audits them. In: places of the log at which all of them stand still for a moment.
 * Out: in the key-value store, a digest for each of the last few. Promise: of two replicas that are told of the same place
 * and version, and hold the same, the digests are the same.
 */

/** What one replica says of itself. */
interface Told {
  /** Where it is, for an operator. */
  readonly replica: string
  /** Of its read model: another one's tables mean something else. */
  readonly version: string
  /** The newest last: what it held before the event at `next`. */
  readonly digests: readonly { readonly next: Position; readonly digest: string }[]
}

/** A replica that does not hold what others hold. */
export interface DifferingReplica {
  readonly replica: string
  readonly next: Position
  /** False: as many say one as say the other. */
  readonly isOutvoted: boolean
}

const PREFIX = 'digest/'
const TOLD_MAX = 6
/** Of a replica that is no more. */
const FORGOTTEN_MS = 7 * 86_400_000

/**
 * Hands out what is to be done at such a place. It resolves once the read model may go on: what is read on a thread is then
 * what it held. One at a time: a digest of a large read model takes longer than the next place is away at no time but a rush.
 */
export function createToldDigests(options: {
  readonly world: World
  readonly keyValue: Pick<KeyValue, 'put' | 'delete'>
  readonly readModel: ReadModel
  readonly owner: string
  readonly replica: string
  readonly failed: (error: unknown) => void
}): (next: Position) => Promise<void> {
  const { world, keyValue, readModel, owner, replica, failed } = options
  const { folder, version } = readModel
  const key = PREFIX + owner
  let digests: Told['digests'] = []
  let isUnderWay = false
  // What it said before it was started may be of a read model that was thrown away.
  void keyValue.delete(key).catch(failed)

  return async (next) => {
    if (isUnderWay) return
    isUnderWay = true
    const { begun, found } = beginOnThread({ kind: 'inspect', folder, fileName: fileNameOf(version) })
    found
      .then(async ({ digest }) => {
        digests = [...digests, { next, digest }].slice(-TOLD_MAX)
        const told: Told = { replica, version, digests }
        const expiresAt = world.clock.now() + FORGOTTEN_MS
        await keyValue.put(key, Buffer.from(JSON.stringify(told)), { expiresAt })
      })
      .catch(failed)
      .finally(() => (isUnderWay = false))
    await begun
  }
}

/** Replicas that differ at the newest place that they and others told of; `compared`: how many could be. */
export async function differingReplicas(
  keyValue: Pick<KeyValue, 'list' | 'get'>,
): Promise<{ readonly compared: number; readonly differing: readonly DifferingReplica[] }> {
  const told: Told[] = []
  for (const key of await keyValue.list(PREFIX)) {
    const held = await keyValue.get(key)
    if (held) told.push(JSON.parse(Buffer.from(held.value).toString()) as Told)
  }
  const verdicts = told.map((one) => verdictOn(one, told)).filter((one) => one !== undefined)
  return { compared: verdicts.length, differing: verdicts.flatMap((one) => one.differing) }
}

function verdictOn(
  { replica, version, digests }: Told,
  told: readonly Told[],
): { readonly differing: readonly DifferingReplica[] } | undefined {
  for (const { next, digest } of digests.toReversed()) {
    const said = told
      .filter((other) => other.version === version)
      .flatMap((other) => other.digests.filter((one) => one.next === next).map((one) => one.digest))
    if (said.length < 2) continue
    const same = said.filter((one) => one === digest).length
    if (same === said.length) return { differing: [] }
    const most = Math.max(
      ...Map.groupBy(said, (one) => one)
        .values()
        .map((all) => all.length),
    )
    const isFavoured = same === most && same * 2 > said.length
    return { differing: isFavoured ? [] : [{ replica, next, isOutvoted: same < most }] }
  }
  return undefined
}
