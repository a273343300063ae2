import { useRef, useState } from 'react'
import { explainFault } from '../api.ts'
import { t } from '../language/pages.ts'
import { changed, type Content, type Entry } from '../outbox/entry.ts'
import { askAgain, outbox } from '../outbox/here.ts'
import type { Handed } from '../outbox/outbox.ts'
import { type Outcome, type Progress, send } from '../outbox/send.ts'
import type { RecordPlace } from '../views.ts'
import type { Made } from './done-step.tsx'
import { say } from '../ui/toast.tsx'
import { emptyDraft } from './draft.ts'
import { saveDraft } from './draft-store.ts'
import { tid } from './tid.ts'

/** What the composer ends with: a check-in that is written, or one that is kept and will be. */
export type Finished =
  | { readonly kind: 'made'; readonly made: Made }
  | { readonly kind: 'kept'; readonly place: RecordPlace }

interface Sending {
  readonly send: (content: Content) => Promise<void>
  /** What is being done; undefined where nothing is. */
  readonly label: string | undefined
  readonly fault: string | undefined
  /** It is in the outbox: the draft needs no other place to survive in. */
  readonly isKept: boolean
}

/** Hands what was composed to the outbox, which keeps it before it sends it. `before`: what it is a change of. */
export function useSending(
  author: string,
  before: Entry | undefined,
  onFinished: (finished: Finished) => void,
): Sending {
  const base = useRef(before)
  const [isKept, setKept] = useState(before !== undefined)
  const [label, setLabel] = useState<string>()
  const [fault, setFault] = useState<string>()

  const sendIt: Sending['send'] = async (content) => {
    setFault(undefined)
    setLabel(t.compose.checkingIn)
    const rkey = tid(Date.now(), Math.random())
    const entry: Entry =
      base.current === undefined
        ? { ...content, rkey, author, status: 'waiting' }
        : changed(base.current, content, rkey)
    const onProgress = (progress: Progress) => setLabel(labelOf(progress))
    const { outcome, hasRoom } = await hand(entry, onProgress)
    base.current = { ...entry, isTried: outcome.kind === 'failed' && outcome.isTried }
    const { place, placeId } = content.draft
    if (hasRoom || outcome.kind === 'sent') {
      saveDraft(emptyDraft)
      setKept(true)
    }
    setLabel(undefined)
    if (outcome.kind === 'sent') {
      askAgain()
      const { uri, isVisible, hereUntil, isPostLost } = outcome
      if (isPostLost === true) say(t.crossPost.failed)
      return onFinished({ kind: 'made', made: { uri, place, placeId, isVisible, hereUntil } })
    }
    if (outcome.kind === 'later') return onFinished({ kind: 'kept', place })
    setFault(outcome.kind === 'refused' ? explainFault(outcome.reason) : noRoom(outcome))
  }
  return { send: sendIt, label, fault, isKept }
}

interface HandedOver {
  readonly outcome: Handed | Outcome
  /** False: this device could not keep it. */
  readonly hasRoom: boolean
}

async function hand(entry: Entry, onProgress: (progress: Progress) => void): Promise<HandedOver> {
  try {
    return { outcome: await outbox.hand(entry, onProgress), hasRoom: true }
  } catch {
    return { outcome: await send(entry, onProgress), hasRoom: false }
  }
}

function noRoom(outcome: Outcome): string {
  return t.compose.noRoom(outcome.kind === 'failed' ? t.compose.notSentYet : t.compose.signInElsewhere)
}

function labelOf(progress: Progress): string {
  if (progress === 'writing') return t.compose.checkingIn
  return progress.of === 1 ? t.compose.sendingPhoto : t.compose.sendingPhotoOf(progress.photo, progress.of)
}
