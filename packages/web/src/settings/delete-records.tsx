import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { call, explain } from '../api.ts'
import { t } from '../language/pages.ts'
import { Dialog } from '../ui/dialog.tsx'
import { actorOf } from '../ui/names.ts'
import type { ProfileViewBasic } from '../views.ts'

const KINDS = ['checkins', 'everything'] as const
type What = (typeof KINDS)[number]

type Progress =
  | { readonly step: 'asking' }
  | { readonly step: 'deleting' | 'done'; readonly count: number }
  | { readonly step: 'stopped'; readonly count: number; readonly why: string }

/** Deletes batch by batch, for as long as the dialog is open. Whatever ends it, it can be gone on with later. */
function useDeletion(did: string) {
  const [progress, setProgress] = useState<Progress>({ step: 'asking' })
  const isClosed = useRef(false)
  const queryClient = useQueryClient()
  useEffect(() => {
    isClosed.current = false
    return () => {
      isClosed.current = true
    }
  }, [])
  const begin = async (what: What) => {
    let count = 'count' in progress ? progress.count : 0
    try {
      for (let isDone = false; !isDone && !isClosed.current;) {
        setProgress({ step: 'deleting', count })
        const batch = await call('app.waypost.actor.deleteRecords', { what, confirmation: did })
        count += batch.deletedCount
        isDone = batch.isDone
      }
      setProgress({ step: 'done', count })
    } catch (fault) {
      setProgress({ step: 'stopped', count, why: explain(fault) })
    }
    void queryClient.invalidateQueries()
  }
  return { progress, begin }
}

export function DeleteRecords({ actor, onClose }: { readonly actor: ProfileViewBasic; readonly onClose: () => void }) {
  const [what, setWhat] = useState<What>('checkins')
  const [typed, setTyped] = useState('')
  const { progress, begin } = useDeletion(actor.did)
  const typedId = useId()
  const word = actorOf(actor)
  const isConfirmed = typed.trim().replace(/^@/, '').toLowerCase() === word.toLowerCase()
  const isUnderWay = progress.step === 'deleting'
  return (
    <Dialog title={t.deletion.ask} kind="alert" onClose={onClose}>
      {progress.step === 'done' ? (
        <>
          <p className="dialog-text" role="status">
            {t.deletion.done(progress.count)}
          </p>
          <div className="dialog-actions">
            <button type="button" className="button button-main" onClick={onClose}>
              {t.actions.close}
            </button>
          </div>
        </>
      ) : (
        <form
          className="delete-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (isConfirmed && !isUnderWay) void begin(what)
          }}
        >
          <p className="dialog-text">{t.deletion.what}</p>
          <fieldset className="field-group" disabled={isUnderWay}>
            <legend className="field-label">{t.deletion.which}</legend>
            {KINDS.map((kind) => (
              <label key={kind} className="choice">
                <input type="radio" name="what" checked={what === kind} onChange={() => setWhat(kind)} />
                {t.deletion.kinds[kind]}
              </label>
            ))}
          </fieldset>
          <div className="field-group">
            <label htmlFor={typedId} className="field-label">
              {t.deletion.confirm(<span className="code">{word}</span>)}
            </label>
            <input
              id={typedId}
              className="field"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              disabled={isUnderWay}
              onChange={(event) => setTyped(event.target.value)}
            />
          </div>
          <p className="field-note" role="status">
            {noteOf(progress)}
          </p>
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={onClose}>
              {isUnderWay ? t.deletion.stop : t.deletion.keep}
            </button>
            <button type="submit" className="button button-danger" disabled={!isConfirmed || isUnderWay}>
              {isUnderWay ? t.actions.deleting : progress.step === 'stopped' ? t.deletion.goOn : t.lists.deleteIt}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function noteOf(progress: Progress): string {
  if (progress.step === 'asking') return ''
  const sofar = t.deletion.soFar(progress.count)
  return progress.step === 'stopped' ? `${progress.why} ${sofar}` : sofar
}
