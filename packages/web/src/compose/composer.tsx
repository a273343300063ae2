import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, MapPin } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { call, explain, uploadPhoto } from '../api.ts'
import { checkInPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useTitle } from '../ui/media.ts'
import { Signpost } from '../ui/states.tsx'
import type { RecordPhoto, RecordPlace, RecordPosition } from '../views.ts'
import { DetailsStep } from './details-step.tsx'
import { DoneStep, type Made } from './done-step.tsx'
import { type Draft, emptyDraft, faultOf, toRecord } from './draft.ts'
import { loadDraft, saveDraft } from './draft-store.ts'
import type { Near } from './near.ts'
import { MissingPlace } from './missing-place.tsx'
import { type PhotoDraft, usePhotos } from './photos-field.tsx'
import { PlaceStep } from './place-step.tsx'
import { tid } from './tid.ts'

type Step = 'place' | 'missing' | 'details'

/** Checking in: a place, then whatever one likes to add, then done. Two presses are enough. */
export function Composer({ onClose }: { readonly onClose: () => void }) {
  useTitle('Check in')
  const { status } = useSession()
  const [made, setMade] = useState<Made>()
  if (status === 'unknown') return null
  if (status === 'signed-out') return <SignInFirst onClose={onClose} />
  if (made !== undefined) return <DoneStep made={made} onClose={onClose} />
  return <Composing onClose={onClose} onMade={setMade} />
}

interface ComposingProps {
  readonly onClose: () => void
  readonly onMade: (made: Made) => void
}

function Composing({ onClose, onMade }: ComposingProps) {
  const [draft, setDraft] = useState<Draft>(loadDraft)
  const [step, setStep] = useState<Step>(draft.place === undefined ? 'place' : 'details')
  const [near, setNear] = useState<Near>()
  const [position, setPosition] = useState<RecordPosition>()
  const [typed, setTyped] = useState('')
  const photos = usePhotos()
  const sending = useSending(onMade)
  useEffect(() => saveDraft(draft), [draft])

  const choose = (place: RecordPlace, placeId: string | undefined) => {
    setDraft((old) => ({ ...old, place, placeId }))
    setStep('details')
  }
  const back = () => setStep('place')

  if (step === 'place') {
    return (
      <Dialog title="Where are you?" kind="sheet" onClose={onClose}>
        <PlaceStep
          near={near}
          onNear={setNear}
          typed={typed}
          onTyped={setTyped}
          onPhoto={photos.add}
          onChoose={choose}
          onMissing={() => setStep('missing')}
        />
      </Dialog>
    )
  }
  if (step === 'missing') {
    return (
      <Dialog
        title="Add a missing place"
        heading={<BackHeading title="Add a missing place" onBack={back} />}
        kind="sheet"
        onClose={onClose}
      >
        <MissingPlace name={typed} at={near?.at} onChoose={choose} />
      </Dialog>
    )
  }
  const { place } = draft
  return (
    <Dialog title="Check in" heading={<BackHeading title="Check in" onBack={back} />} kind="sheet" onClose={onClose}>
      <DetailsStep
        draft={draft}
        onDraft={setDraft}
        photos={photos}
        near={near}
        onNear={setNear}
        onPosition={setPosition}
        onChangePlace={back}
      />
      <div className="dialog-foot">
        {sending.fault !== undefined && (
          <p className="field-fault" role="alert">
            {sending.fault}
          </p>
        )}
        <button
          type="button"
          className="button button-sun button-wide button-tall"
          disabled={sending.label !== undefined || place === undefined || photos.isBusy || faultOf(draft) !== undefined}
          onClick={() => place !== undefined && void sending.send(draft, place, photos.items, position)}
        >
          <MapPin size={20} strokeWidth={2.2} aria-hidden="true" />
          {sending.label ?? 'Check in'}
        </button>
      </div>
    </Dialog>
  )
}

/** Sends the draft. One key for all tries of one check-in, and a photo that is up already isn't sent again. */
function useSending(onMade: (made: Made) => void) {
  const queryClient = useQueryClient()
  const rkey = useRef<string>(undefined)
  const uploaded = useRef(new Map<string, RecordPhoto>())
  const [label, setLabel] = useState<string>()
  const [fault, setFault] = useState<string>()

  const send = async (
    draft: Draft,
    place: RecordPlace,
    items: readonly PhotoDraft[],
    position: RecordPosition | undefined,
  ) => {
    rkey.current ??= tid(Date.now(), Math.random())
    setFault(undefined)
    try {
      const photos: RecordPhoto[] = []
      for (const [index, { id, alt, prepared }] of items.entries()) {
        if (prepared === undefined) continue
        setLabel(items.length === 1 ? 'Sending the photo…' : `Sending photo ${index + 1} of ${items.length}…`)
        const photo = uploaded.current.get(id) ?? (await upload(prepared.blob))
        uploaded.current.set(id, photo)
        photos.push({ ...photo, alt: alt.trim() })
      }
      setLabel('Checking in…')
      const checkin = toRecord(draft, place, { photos, position })
      const { uri, visible } = await call('app.waypost.feed.createCheckin', { checkin, rkey: rkey.current })
      saveDraft(emptyDraft)
      for (const key of ['feed', 'person', 'place', 'person-stats', 'crowns', 'board'])
        void queryClient.invalidateQueries({ queryKey: [key] })
      onMade({ uri, place, placeId: draft.placeId, isVisible: visible !== false })
    } catch (failure) {
      setFault(`${explain(failure)} Nothing is lost.`)
      setLabel(undefined)
    }
  }
  return { send, label, fault }
}

async function upload(blob: Blob): Promise<RecordPhoto> {
  const { image, aspectRatio } = await uploadPhoto(blob)
  return { image, aspectRatio, alt: '' }
}

function BackHeading({ title, onBack }: { readonly title: string; readonly onBack: () => void }) {
  return (
    <>
      <button type="button" className="icon-button" aria-label="Back to the places" onClick={onBack}>
        <ArrowLeft size={20} aria-hidden="true" />
      </button>
      <p className="dialog-title" aria-hidden="true">
        {title}
      </p>
    </>
  )
}

function SignInFirst({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Sign in to check in" kind="alert" onClose={onClose}>
      <div className="invite">
        <Signpost />
        <p className="dialog-text">Your check-ins live in your own account. Use the one that you have, or make one.</p>
        <Link href={signInPath(checkInPath)} className="button button-main button-wide">
          Sign in
        </Link>
        <button type="button" className="button button-quiet button-wide" onClick={onClose}>
          Just look around
        </button>
      </div>
    </Dialog>
  )
}
