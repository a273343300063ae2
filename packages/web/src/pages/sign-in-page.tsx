import { type SubmitEvent, useId, useState } from 'react'
import { explain, startSignIn, startSignUp } from '../api.ts'
import { t } from '../language/pages.ts'
import { readReturnTo } from '../paths.ts'
import { useServerInfo } from '../session/session.tsx'
import { Mark } from '../ui/logo.tsx'
import { useTitle } from '../ui/media.ts'

export function SignInPage() {
  useTitle(t.signIn.page)
  const info = useServerInfo()
  const [handle, setHandle] = useState('')
  const [busy, setBusy] = useState<'in' | 'up'>()
  const [fault, setFault] = useState<string>()
  const fieldId = useId()
  const noteId = useId()
  const returnTo = readReturnTo(location.search)

  const go = async (kind: 'in' | 'up', start: () => Promise<string>) => {
    setBusy(kind)
    setFault(undefined)
    try {
      location.assign(await start())
    } catch (failure) {
      setFault(explain(failure))
      setBusy(undefined)
    }
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = tidy(handle)
    if (wanted === '') return setFault(t.signIn.handleMissing)
    void go('in', () => startSignIn(wanted, returnTo))
  }

  const example = `ana${info?.handleDomain ?? '.bsky.social'}`
  return (
    <div className="page sign-in">
      <div className="sign-in-card">
        <Mark size={56} />
        <h1>{t.signIn.heading}</h1>
        <p className="lead">{t.signIn.lead}</p>
        <form onSubmit={submit} aria-label={t.signIn.page}>
          <label htmlFor={fieldId} className="field-label">
            {t.signIn.handle}
          </label>
          <input
            id={fieldId}
            className="field"
            type="text"
            inputMode="url"
            autoComplete="username"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            placeholder={example}
            value={handle}
            aria-describedby={noteId}
            aria-invalid={fault !== undefined}
            onChange={(event) => setHandle(event.target.value)}
          />
          <p id={noteId} className="field-note">
            {t.signIn.note}
          </p>
          {fault !== undefined && (
            <p className="field-fault" role="alert">
              {fault}
            </p>
          )}
          <button type="submit" className="button button-main button-wide" disabled={busy !== undefined}>
            {busy === 'in' ? t.signIn.oneMoment : t.signIn.continue}
          </button>
        </form>
        {info?.signUp === true && (
          <>
            <p className="or">
              <span>{t.signIn.or}</span>
            </p>
            <button
              type="button"
              className="button button-quiet button-wide"
              disabled={busy !== undefined}
              onClick={() => void go('up', () => startSignUp(returnTo))}
            >
              {busy === 'up' ? t.signIn.oneMoment : t.signIn.create}
            </button>
          </>
        )}
      </div>
    </div>
  )
}

/** Handles are pasted with an @, with spaces, as addresses, and with marks that one cannot see. */
function tidy(handle: string): string {
  return handle
    .replaceAll(/[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/^@/, '')
    .replace(/^https?:\/\/(?:bsky\.app\/profile\/)?/i, '')
    .replace(/\/+$/, '')
}
