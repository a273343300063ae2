import { ArrowDown, ArrowUp, Camera, ImagePlus, type IconNode, X } from 'lucide'
import { type ChangeEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { t } from '../language/pages.ts'
import type { KeptPhoto } from '../outbox/entry.ts'
import { type Prepared, reencode } from '../photo/reencode.ts'
import { Icon } from '../ui/icon.tsx'
import { bytes } from '../ui/numbers.ts'
import { PHOTOS_MAX } from './draft.ts'
import { moved } from './moved.ts'
import { tid } from './tid.ts'

interface PhotoDraft {
  readonly id: string
  /** Of what is kept and sent: another photo has another one, also where it takes this one's place. */
  readonly keptId: string
  readonly alt: string
  readonly sizeBefore: number
  /** Undefined while it is being prepared. */
  readonly prepared: Prepared | undefined
  readonly url: string | undefined
}

export interface PhotosState {
  readonly items: readonly PhotoDraft[]
  /** Those that are ready. */
  readonly prepared: readonly KeptPhoto[]
  readonly isBusy: boolean
  readonly fault: string | undefined
  readonly add: (files: readonly File[]) => void
  readonly remove: (id: string) => void
  readonly describe: (id: string, alt: string) => void
  /** By so many places towards the end, or the beginning. */
  readonly move: (id: string, by: number) => void
  /** Another photo in its place, with its description; where it cannot be read, the one that was there stays. */
  readonly replace: (item: PhotoDraft, file: File) => void
}

/** The photos of one check-in, each re-encoded as soon as it is chosen. `before`: those that it has already. */
export function usePhotos(before: readonly KeptPhoto[] = []): PhotosState {
  const [fault, setFault] = useState<string>()
  const count = useRef(0)
  /** Unlike that of any other photo on this device, also of those that are kept. */
  const freshId = useCallback(() => `${tid(Date.now(), Math.random())}-${++count.current}`, [])
  const urls = useRef(new Set<string>())
  const [items, setItems] = useState<readonly PhotoDraft[]>(() =>
    before.map(({ blob, size, ...photo }) => ({
      ...photo,
      keptId: photo.id,
      prepared: { blob, size },
      url: URL.createObjectURL(blob),
    })),
  )
  useEffect(() => {
    const made = urls.current
    return () => made.forEach((url) => URL.revokeObjectURL(url))
  }, [])

  const change = useCallback((id: string, part: Partial<PhotoDraft>) => {
    setItems((old) => old.map((item) => (item.id === id ? { ...item, ...part } : item)))
  }, [])
  const remove = useCallback((id: string) => setItems((old) => old.filter((item) => item.id !== id)), [])
  const newest = useRef(new Map<string, File>())
  const prepare = useCallback(
    (id: string, file: File, before?: Partial<PhotoDraft>) => {
      newest.current.set(id, file)
      reencode(file).then(
        (prepared) => {
          // Another was taken meanwhile.
          if (newest.current.get(id) !== file) return
          const url = URL.createObjectURL(prepared.blob)
          urls.current.add(url)
          change(id, { prepared, url })
        },
        () => {
          if (before === undefined) remove(id)
          else change(id, before)
          setFault(t.compose.unreadable(file.name))
        },
      )
    },
    [change, remove],
  )
  const move = useCallback((id: string, by: number) => setItems((old) => moved(old, id, by)), [])
  const replace = useCallback(
    (item: PhotoDraft, file: File) => {
      const { id, keptId, sizeBefore, prepared, url } = item
      change(id, { keptId: freshId(), sizeBefore: file.size, prepared: undefined, url: undefined })
      prepare(id, file, { keptId, sizeBefore, prepared, url })
    },
    [change, freshId, prepare],
  )
  const held = items.length
  const add = useCallback(
    (files: readonly File[]) => {
      const taken = files.slice(0, PHOTOS_MAX - held)
      setFault(taken.length < files.length ? t.compose.roomFor(PHOTOS_MAX) : undefined)
      for (const file of taken) {
        const id = freshId()
        setItems((old) => [
          ...old,
          { id, keptId: id, alt: '', sizeBefore: file.size, prepared: undefined, url: undefined },
        ])
        prepare(id, file)
      }
    },
    [held, prepare],
  )
  const describe = useCallback((id: string, alt: string) => change(id, { alt }), [change])
  const prepared = items.flatMap(({ keptId, alt, sizeBefore, prepared }) =>
    prepared === undefined ? [] : [{ id: keptId, alt, sizeBefore, ...prepared }],
  )
  const isBusy = prepared.length < items.length
  return { items, prepared, fault, add, remove, describe, move, replace, isBusy }
}

export function PhotosField({ photos }: { readonly photos: PhotosState }) {
  const input = useRef<HTMLInputElement>(null)
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    photos.add([...(target.files ?? [])])
    target.value = ''
  }
  return (
    <fieldset className="field-group">
      <legend className="field-label">
        {t.compose.photos} <span className="optional">{t.actions.optional}</span>
      </legend>
      {photos.items.length > 0 && (
        <ul role="list" className="photo-drafts">
          {photos.items.map((item, index) => (
            <li key={item.id}>
              <PhotoRow item={item} number={index + 1} count={photos.items.length} photos={photos} />
            </li>
          ))}
        </ul>
      )}
      {photos.items.length < PHOTOS_MAX && (
        <button type="button" className="add-photos" onClick={() => input.current?.click()}>
          <Icon of={ImagePlus} size={20} />
          {photos.items.length === 0 ? t.compose.addPhotos : t.compose.addMore}
        </button>
      )}
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        accept="image/*"
        multiple
        tabIndex={-1}
        aria-label={t.compose.photoFiles}
        onChange={choose}
      />
      {photos.fault !== undefined && (
        <p className="field-fault" role="alert">
          {photos.fault}
        </p>
      )}
    </fieldset>
  )
}

interface PhotoRowProps {
  readonly item: PhotoDraft
  readonly number: number
  readonly count: number
  readonly photos: PhotosState
}

function PhotoRow({ item, number, count, photos }: PhotoRowProps) {
  const altId = useId()
  const retake = useRef<HTMLInputElement>(null)
  const { id, prepared, url, sizeBefore } = item
  return (
    <div className="photo-draft">
      <span className="photo-thumb">{url === undefined ? <span className="bone" /> : <img src={url} alt="" />}</span>
      <div className="photo-lines">
        <label htmlFor={altId} className="visually-hidden">
          {t.compose.describePhotoNumber(number)}
        </label>
        <input
          id={altId}
          className="field field-small"
          dir="auto"
          maxLength={1_000}
          placeholder={t.compose.describePhoto}
          value={item.alt}
          onChange={(event) => photos.describe(id, event.target.value)}
        />
        <p className="photo-note" role="status">
          {prepared === undefined
            ? t.compose.preparing
            : t.compose.prepared(bytes(sizeBefore), bytes(prepared.blob.size))}
        </p>
        <div className="photo-buttons" role="group" aria-label={t.photos.photoOf(number, count)}>
          {count > 1 && (
            <>
              <IconButton
                label={t.compose.movePhotoForward(number)}
                icon={ArrowUp}
                disabled={number === 1}
                onPress={() => photos.move(id, -1)}
              />
              <IconButton
                label={t.compose.movePhotoBack(number)}
                icon={ArrowDown}
                disabled={number === count}
                onPress={() => photos.move(id, 1)}
              />
            </>
          )}
          <IconButton label={t.compose.retakePhoto(number)} icon={Camera} onPress={() => retake.current?.click()} />
          <IconButton label={t.compose.removePhoto(number)} icon={X} onPress={() => photos.remove(id)} />
        </div>
      </div>
      <input
        ref={retake}
        type="file"
        className="visually-hidden"
        accept="image/*"
        tabIndex={-1}
        aria-label={t.compose.insteadOfPhoto(number)}
        onChange={({ target }) => {
          const file = target.files?.[0]
          target.value = ''
          if (file !== undefined) photos.replace(item, file)
        }}
      />
    </div>
  )
}

interface IconButtonProps {
  readonly label: string
  readonly icon: IconNode
  readonly disabled?: boolean
  readonly onPress: () => void
}

function IconButton({ label, icon, disabled, onPress }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      aria-disabled={disabled}
      onClick={disabled === true ? undefined : onPress}
    >
      <Icon of={icon} size={18} />
    </button>
  )
}
