import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { refuse } from '@waypost/kernel'
import { REFUSALS, judgeName, judgeRow, type ImportedName, type ImportedPlace, type RowRefusal } from './place-row.ts'
import { attributionOf, type FileProgress, type PlaceStore } from './place-store.ts'
import { openPlaceFile } from './readers.ts'

/** Rows between two transactions: what a kill costs to read again. */
const ROWS_PER_BATCH = 2_000

export interface ImportOptions {
  /** In place of what the file's name and columns say. */
  readonly source?: string | undefined
  readonly licence?: string | undefined
  /** `bytes` of the file have been read, 0 where that cannot be told; it has `size`. */
  readonly onProgress?: (progress: FileProgress, file: { readonly bytes: number; readonly size: number }) => void
  /** Aborts between two batches; what was kept stays. */
  readonly signal?: AbortSignal
}

/**
 * Takes a file of places into the store. It goes on where it was when it was stopped or killed, and a file that was
 * taken in whole changes nothing. Throws an `Error` that begins with the file's name where the file as a whole cannot be
 * read.
 */
export async function importFile(store: PlaceStore, file: string, options: ImportOptions = {}): Promise<FileProgress> {
  try {
    return await takeIn(store, file, options)
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault)
    if (message.startsWith(`${file}: `)) throw fault
    throw new Error(`${file}: ${message}`, { cause: fault })
  }
}

async function takeIn(store: PlaceStore, file: string, options: ImportOptions): Promise<FileProgress> {
  const { size, mtimeMs } = statSync(file)
  const mark = { name: resolve(file), stamp: `${size} ${Math.floor(mtimeMs)}` }
  const before = store.begun(mark)
  if (before?.done) return before
  const meter = { bytes: 0 }
  const opened = await openPlaceFile(file, meter)
  const source =
    options.source ?? (['csv', 'geojson'].includes(opened.source) ? basename(file).replace(/\..*$/, '') : opened.source)
  const licence = options.licence ?? attributionOf(source) ?? 'not stated'
  const refused = new Map<RowRefusal, number>(REFUSALS.map((reason) => [reason, before?.refused[reason] ?? 0]))
  let kept = before?.kept ?? 0
  let read = 0
  let places: ImportedPlace[] = []
  let names: ImportedName[] = []
  const progress = (done: boolean): FileProgress => ({
    read,
    kept,
    refused: Object.fromEntries([...refused].filter(([, count]) => count > 0)),
    done,
  })
  const settle = (done: boolean): void => {
    store.keep({ source, licence, places, names }, mark, progress(done))
    places = []
    names = []
    options.onProgress?.(progress(done), { bytes: meter.bytes, size })
  }
  for await (const raw of opened.rows()) {
    read++
    if (before !== undefined && read <= before.read) continue
    const judged =
      raw === undefined ? refuse('unreadable-row' as const) : 'lang' in raw ? judgeName(raw) : judgeRow(raw)
    if (judged.ok) {
      if ('lang' in judged.value) names.push(judged.value)
      else places.push(judged.value)
      kept++
    } else refused.set(judged.error, refused.get(judged.error)! + 1)
    if (read % ROWS_PER_BATCH !== 0) continue
    settle(false)
    if (options.signal?.aborted) return progress(false)
  }
  if (read > 0 && refused.get('unreadable-row') === read)
    throw new Error(`${file}: none of its ${read} rows can be read; is it what its name says?`)
  settle(true)
  return progress(true)
}
