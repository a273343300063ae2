import { ImagePlus, X } from 'lucide-react'
import { type ChangeEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { type Prepared, reencode } from '../photo/reencode.ts'
import { bytes } from '../ui/numbers.ts'
import { PHOTOS_MAX } from './draft.ts'

export interface PhotoDraft {
  readonly id: string
  readonly alt: string
  readonly sizeBefore: number
  /** Undefined while it is being prepared. */
  readonly prepared: Prepared | undefined
  readonly url: string | undefined
}

export interface PhotosState {
  readonly items: readonly PhotoDraft[]
  readonly isBusy: boolean
  readonly fault: string | undefined
  readonly add: (files: readonly File[]) => void
  readonly remove: (id: string) => void
  readonly describe: (id: string, alt: string) => void
}

/** The photos of one check-in, each re-encoded as soon as it is chosen. */
export function usePhotos(): PhotosState {
  const [items, setItems] = useState<readonly PhotoDraft[]>([])
  const [fault, setFault] = useState<string>()
  const count = useRef(0)
  const urls = useRef(new Set<string>())
  useEffect(() => {
    const made = urls.current
    return () => made.forEach((url) => URL.revokeObjectURL(url))
  }, [])

  const change = useCallback((id: string, part: Partial<PhotoDraft>) => {
    setItems((old) => old.map((item) => (item.id === id ? { ...item, ...part } : item)))
  }, [])
  const remove = useCallback((id: string) => setItems((old) => old.filter((item) => item.id !== id)), [])
  const held = items.length
  const add = useCallback(
    (files: readonly File[]) => {
      const taken = files.slice(0, PHOTOS_MAX - held)
      setFault(taken.length < files.length ? `A check-in has room for ${PHOTOS_MAX} photos.` : undefined)
      for (const file of taken) {
        const id = `photo-${++count.current}`
        setItems((old) => [...old, { id, alt: '', sizeBefore: file.size, prepared: undefined, url: undefined }])
        reencode(file).then(
          (prepared) => {
            const url = URL.createObjectURL(prepared.blob)
            urls.current.add(url)
            change(id, { prepared, url })
          },
          () => {
            remove(id)
            setFault(`${file.name} could not be read as a photo.`)
          },
        )
      }
    },
    [held, change, remove],
  )
  const describe = useCallback((id: string, alt: string) => change(id, { alt }), [change])
  return { items, fault, add, remove, describe, isBusy: items.some(({ prepared }) => prepared === undefined) }
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
        Photos <span className="optional">optional</span>
      </legend>
      {photos.items.length > 0 && (
        <ul role="list" className="photo-drafts">
          {photos.items.map((item, index) => (
            <li key={item.id}>
              <PhotoRow item={item} number={index + 1} photos={photos} />
            </li>
          ))}
        </ul>
      )}
      {photos.items.length < PHOTOS_MAX && (
        <button type="button" className="add-photos" onClick={() => input.current?.click()}>
          <ImagePlus size={20} aria-hidden="true" />
          {photos.items.length === 0 ? 'Add photos' : 'Add more'}
        </button>
      )}
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        accept="image/*"
        multiple
        tabIndex={-1}
        aria-label="Photo files"
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
  readonly photos: PhotosState
}

function PhotoRow({ item, number, photos }: PhotoRowProps) {
  const altId = useId()
  const { prepared, url, sizeBefore } = item
  return (
    <div className="photo-draft">
      <span className="photo-thumb">{url === undefined ? <span className="bone" /> : <img src={url} alt="" />}</span>
      <div className="photo-lines">
        <label htmlFor={altId} className="visually-hidden">
          Describe photo {number}
        </label>
        <input
          id={altId}
          className="field field-small"
          dir="auto"
          maxLength={1_000}
          placeholder="Describe this photo"
          value={item.alt}
          onChange={(event) => photos.describe(item.id, event.target.value)}
        />
        <p className="photo-note" role="status">
          {prepared === undefined
            ? 'Preparing…'
            : `${bytes(sizeBefore)} → ${bytes(prepared.blob.size)}, location removed`}
        </p>
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label={`Remove photo ${number}`}
        onClick={() => photos.remove(item.id)}
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  )
}
