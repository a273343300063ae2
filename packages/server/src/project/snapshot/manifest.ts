import type { Blobs, Position } from '@waypost/engine'
import { ok, OwnFault, refuse, type Result } from '@waypost/kernel'
import type { Anchor } from '#log/anchors.ts'

/**
 * A read model as blobs: the SQLite file, compressed and cut into parts, and a manifest that is written last. What has
 * no manifest is no snapshot. All of them are under `snapshots/VERSION/TIME-POSITION/`.
 */
export interface Manifest {
  readonly format: 2
  /** Of the projections: another one's tables mean something else. */
  readonly version: string
  readonly position: Position
  /** What `waypost digest` says of it. */
  readonly digest: string
  /** Of the file. */
  readonly bytes: number
  readonly parts: readonly Part[]
  /** Of its read model: positions are counted in any log. */
  readonly anchors: readonly Anchor[]
}

export interface Part {
  readonly bytes: number
  readonly sha256: string
}

/** Why a snapshot is not used. */
export type SnapshotRefusal =
  | 'manifest-unreadable'
  | 'part-missing'
  | 'part-damaged'
  | 'not-a-read-model'
  | 'other-position'
  | 'other-digest'
  | 'ahead-of-log'
  | 'of-another-log'

export const FOLDER = 'snapshots/'

export interface SnapshotName {
  /** `snapshots/VERSION/TIME-POSITION/` */
  readonly prefix: string
  readonly version: string
  /** Milliseconds since 1970, by the clock of whoever took it. */
  readonly takenAt: number
  readonly position: Position
}

export function nameOf({ version, takenAt, position }: Omit<SnapshotName, 'prefix'>): SnapshotName {
  return { prefix: `${FOLDER}${version}/${takenAt}-${position}/`, version, takenAt, position }
}

export const manifestOf = ({ prefix }: SnapshotName): string => `${prefix}manifest`

export function partOf({ prefix }: SnapshotName, at: number): string {
  return `${prefix}part-${String(at).padStart(5, '0')}`
}

/** Whose blobs these are, the newest first; one without a manifest was not finished, or is half gone. */
export function snapshotsAmong(
  blobs: readonly string[],
): readonly (SnapshotName & { readonly isWhole: boolean; readonly blobs: readonly string[] })[] {
  const byPrefix = Map.groupBy(blobs, (blob) => blob.slice(0, blob.lastIndexOf('/') + 1))
  const found = [...byPrefix].flatMap(([prefix, own]) => {
    const [, version, takenAt, position] = /^snapshots\/([0-9a-f]+)\/(\d+)-(\d+)\/$/.exec(prefix) ?? []
    if (version === undefined) return []
    const name = nameOf({ version, takenAt: Number(takenAt), position: Number(position) })
    return [{ ...name, isWhole: own.includes(manifestOf(name)), blobs: own }]
  })
  return found.toSorted((a, b) => b.takenAt - a.takenAt || b.position - a.position)
}

export async function readManifest(blobs: Blobs, name: SnapshotName): Promise<Result<Manifest, SnapshotRefusal>> {
  const bytes = await getBlob(blobs, manifestOf(name))
  if (!bytes.ok) return bytes
  try {
    const manifest = JSON.parse(Buffer.from(bytes.value).toString()) as Partial<Manifest>
    const { format, version, position, digest, bytes: size, parts, anchors } = manifest
    const isOne =
      format === 2 &&
      version === name.version &&
      position === name.position &&
      typeof digest === 'string' &&
      Number.isSafeInteger(size) &&
      Array.isArray(parts) &&
      Array.isArray(anchors) &&
      anchors.length > 0 &&
      anchors.every((one: Partial<Anchor>) => Number.isSafeInteger(one.position) && typeof one.name === 'string')
    return isOne ? ok(manifest as Manifest) : refuse('manifest-unreadable')
  } catch {
    return refuse('manifest-unreadable')
  }
}

/**
 * A blob of a snapshot. An engine that finds it damaged says so as a fault of our own, which nobody can go on from; of a
 * snapshot everything is elsewhere as well, so that it is refused like any other that is not what it says.
 */
export async function getBlob(blobs: Blobs, name: string): Promise<Result<Uint8Array, SnapshotRefusal>> {
  try {
    const bytes = await blobs.get(name)
    return bytes === undefined ? refuse('part-missing') : ok(bytes)
  } catch (fault) {
    if (fault instanceof OwnFault) return refuse('part-damaged')
    throw fault
  }
}
