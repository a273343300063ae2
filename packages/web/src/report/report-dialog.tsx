import { Merge } from 'lucide'
import { type SubmitEvent, useId, useState } from 'react'
import { ApiError, call, explain } from '../api.ts'
import { graphemes } from '../compose/graphemes.ts'
import { t } from '../language/pages.ts'
import { Dialog } from '../ui/dialog.tsx'
import { RowLines } from '../ui/row-lines.tsx'
import { say } from '../ui/toast.tsx'
import type { PlaceView } from '../views.ts'
import { SamePlace } from './same-place.tsx'
import { type Reason, reasonsFor, subjectOf, type Subject } from './subject.ts'
import { Icon } from '../ui/icon.tsx'

export interface ReportDialogProps {
  readonly subject: Subject
  readonly title: string
  readonly onClose: () => void
}

/** The other place, once it is chosen. */
type Step = 'report' | 'which' | PlaceView

/** What is wrong, to the operator alone; of a place also, to everybody, that it is the same as another. */
export function ReportDialog({ subject, title, onClose }: ReportDialogProps) {
  const [step, setStep] = useState<Step>('report')
  const titles = { report: title, which: t.samePlace.which }
  return (
    <Dialog title={typeof step === 'string' ? titles[step] : t.samePlace.ask} kind="sheet" onClose={onClose}>
      <div className="report">
        {subject.kind === 'place' && step !== 'report' && (
          <SamePlace
            place={subject.place}
            links={subject.links}
            other={step === 'which' ? undefined : step}
            onChoose={setStep}
            onBack={() => setStep(step === 'which' ? 'report' : 'which')}
            onDone={onClose}
          />
        )}
        {subject.kind === 'place' && step === 'report' && subject.place.geo !== undefined && (
          <button type="button" className="row report-merge" onClick={() => setStep('which')}>
            <span className="save-mark">
              <Icon of={Merge} size={18} />
            </span>
            <RowLines title={t.samePlace.merge} note={t.samePlace.mergeNote} />
          </button>
        )}
        {step === 'report' && <ReportForm subject={subject} onDone={onClose} />}
      </div>
    </Dialog>
  )
}

const WORDS_GRAPHEMES_MAX = 2_000
/** From so few on it is said how many are left. */
const LEFT_SHOWN_MAX = 200

function ReportForm({ subject, onDone }: { readonly subject: Subject; readonly onDone: () => void }) {
  const [reason, setReason] = useState<Reason>()
  const [words, setWords] = useState('')
  const { isBusy, fault, send } = useSending(subject, onDone)
  const wordsId = useId()
  const noteId = useId()
  const left = WORDS_GRAPHEMES_MAX - graphemes(words.trim())
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (reason !== undefined && left >= 0) void send(reason, words.trim())
  }
  return (
    <form className="report-form" onSubmit={submit}>
      <fieldset className="field-group" disabled={isBusy}>
        <legend className="field-label">{t.report.wrong}</legend>
        {reasonsFor(subject).map((each) => (
          <label key={each} className="choice">
            <input type="radio" name="reason" checked={reason === each} onChange={() => setReason(each)} />
            {t.report.reasons[each]}
          </label>
        ))}
      </fieldset>
      <div className="field-group">
        <label htmlFor={wordsId} className="field-label">
          {t.report.words} <span className="optional">{t.actions.optional}</span>
        </label>
        <textarea
          id={wordsId}
          className="field"
          dir="auto"
          rows={3}
          value={words}
          disabled={isBusy}
          aria-invalid={left < 0 || undefined}
          aria-describedby={noteId}
          onChange={(event) => setWords(event.target.value)}
        />
        <p id={noteId} className="field-note">
          {t.report.reads} {left <= LEFT_SHOWN_MAX && t.place.charactersLeft(left)}
        </p>
      </div>
      <div className="dialog-foot">
        {fault !== undefined && (
          <p className="field-fault" role="alert">
            {fault}
          </p>
        )}
        <button
          type="submit"
          className="button button-main button-wide button-tall"
          disabled={isBusy || reason === undefined || left < 0}
        >
          {isBusy ? t.report.sending : t.report.send}
        </button>
      </div>
    </form>
  )
}

/** What failed is said in the dialog, and the words stay. */
function useSending(subject: Subject, onDone: () => void) {
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const send = async (reasonType: Reason, reason: string) => {
    setBusy(true)
    setFault(undefined)
    try {
      await call('app.waypost.moderation.report', {
        subject: subjectOf(subject),
        reasonType,
        ...(reason !== '' && { reason }),
      })
      onDone()
      say(t.report.sent)
    } catch (thrown) {
      const isFull = thrown instanceof ApiError && thrown.error === 'TooManyReports'
      setFault(isFull ? t.report.tooMany : explain(thrown))
      setBusy(false)
    }
  }
  return { isBusy, fault, send }
}
