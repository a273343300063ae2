import { ArrowLeft, MapPin } from 'lucide'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { t } from '../language/pages.ts'
import { forgetTakenBack, takenBack } from '../outbox/taken-back.ts'
import { checkInPath, signInPath } from '../paths.ts'
import { hereByDefault } from '../presence/here-default.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { Signpost } from '../ui/states.tsx'
import type { RecordPlace, RecordPosition } from '../views.ts'
import { useCrossPost } from './cross-post.tsx'
import { DetailsStep } from './details-step.tsx'
import { DoneStep } from './done-step.tsx'
import { type Draft, faultOf } from './draft.ts'
import { loadDraft, saveDraft } from './draft-store.ts'
import { KeptStep } from './kept-step.tsx'
import { MissingPlace } from './missing-place.tsx'
import type { Near } from './near.ts'
import { usePhotos } from './photos-field.tsx'
import { PlaceStep } from './place-step.tsx'
import { type Finished, useSending } from './use-sending.ts'
import { useShared } from './use-shared.ts'

type Step = 'place' | 'missing' | 'details'

/** Checking in: a place, then whatever one likes to add, then done. Two presses are enough. */
export function Composer({ onClose }: { readonly onClose: () => void }) {
  useTitle(t.compose.checkIn)
  const { status, actor } = useSession()
  const [finished, setFinished] = useState<Finished>()
  if (finished?.kind === 'made') return <DoneStep made={finished.made} onClose={onClose} />
  if (finished?.kind === 'kept') return <KeptStep place={finished.place} onClose={onClose} />
  if (status === 'unknown') return null
  if (actor === undefined) return <SignInFirst onClose={onClose} />
  return <Composing author={actor.did} onClose={onClose} onFinished={setFinished} />
}

interface ComposingProps {
  readonly author: string
  readonly onClose: () => void
  readonly onFinished: (finished: Finished) => void
}

function Composing({ author, onClose, onFinished }: ComposingProps) {
  const [before] = useState(takenBack)
  useEffect(forgetTakenBack, [])
  const [draft, setDraft] = useState<Draft>(() => before?.draft ?? loadDraft())
  const [step, setStep] = useState<Step>(draft.place === undefined ? 'place' : 'details')
  const [near, setNear] = useState<Near>()
  const [position, setPosition] = useState<RecordPosition | undefined>(before?.position)
  const [typed, setTyped] = useState('')
  const [isHere, setHere] = useState(before?.isHere ?? hereByDefault())
  const photos = usePhotos(before?.photos)
  useShared({
    onPhotos: photos.add,
    onText: (text) => setDraft((old) => ({ ...old, text })),
    onNear: setNear,
  })
  const crossPost = useCrossPost()
  const sending = useSending(author, before, onFinished)
  useEffect(() => {
    if (!sending.isKept) saveDraft(draft)
  }, [draft, sending.isKept])

  const choose = (place: RecordPlace, placeId: string | undefined) => {
    setDraft((old) => ({ ...old, place, placeId }))
    setStep('details')
  }
  const back = () => setStep('place')

  if (step === 'place') {
    return (
      <Dialog title={t.compose.where} kind="sheet" onClose={onClose}>
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
        title={t.compose.addMissing}
        heading={<BackHeading title={t.compose.addMissing} onBack={back} />}
        kind="sheet"
        onClose={onClose}
      >
        <MissingPlace name={typed} at={near?.at} onChoose={choose} />
      </Dialog>
    )
  }
  const { place } = draft
  return (
    <Dialog
      title={t.compose.checkIn}
      heading={<BackHeading title={t.compose.checkIn} onBack={back} />}
      kind="sheet"
      onClose={onClose}
    >
      <DetailsStep
        draft={draft}
        onDraft={setDraft}
        photos={photos}
        near={near}
        onNear={setNear}
        position={position}
        onPosition={setPosition}
        isHere={isHere}
        onHere={setHere}
        onChangePlace={back}
        crossPost={crossPost}
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
          onClick={() =>
            place !== undefined &&
            void sending.send({
              draft: { ...draft, place },
              photos: photos.prepared,
              position,
              isHere,
              isPosted: crossPost.isOn && crossPost.isAllowed !== false,
            })
          }
        >
          <Icon of={MapPin} size={20} strokeWidth={2.2} />
          {sending.label ?? t.compose.checkIn}
        </button>
      </div>
    </Dialog>
  )
}

function BackHeading({ title, onBack }: { readonly title: string; readonly onBack: () => void }) {
  return (
    <>
      <button type="button" className="icon-button" aria-label={t.compose.backToPlaces} onClick={onBack}>
        <Icon of={ArrowLeft} isDirected size={20} />
      </button>
      <p className="dialog-title" aria-hidden="true">
        {title}
      </p>
    </>
  )
}

function SignInFirst({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={t.compose.signInFirst} kind="alert" onClose={onClose}>
      <div className="invite">
        <Signpost />
        <p className="dialog-text">{t.compose.signInWhy}</p>
        <Link href={signInPath(checkInPath)} className="button button-main button-wide">
          {t.shell.signIn}
        </Link>
        <button type="button" className="button button-quiet button-wide" onClick={onClose}>
          {t.compose.lookAround}
        </button>
      </div>
    </Dialog>
  )
}
