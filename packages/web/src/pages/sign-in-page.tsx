import { type SubmitEvent, useId, useState } from 'react'
import { ApiError, explain, startSignIn, startSignUp } from '../api.ts'
import { readReturnTo } from '../paths.ts'
import { useServerInfo } from '../session/session.tsx'
import { Mark } from '../ui/logo.tsx'
import { useTitle } from '../ui/media.ts'

export function SignInPage() {
  useTitle('Sign in')
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
      setFault(
        failure instanceof ApiError && failure.status !== 0 && failure.status < 500
          ? failure.message
          : explain(failure),
      )
      setBusy(undefined)
    }
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = tidy(handle)
    if (wanted === '') return setFault('Type your handle first.')
    void go('in', () => startSignIn(wanted, returnTo))
  }

  const example = `ana${info?.handleDomain ?? '.bsky.social'}`
  return (
    <div className="page sign-in">
      <div className="sign-in-card">
        <Mark size={56} />
        <h1>Sign in to Waypost</h1>
        <p className="lead">With any account of the AT Protocol, such as the one that you use for Bluesky.</p>
        <form onSubmit={submit} aria-label="Sign in">
          <label htmlFor={fieldId} className="field-label">
            Your handle
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
            You prove who you are on your own server. Your password never comes here.
          </p>
          {fault !== undefined && (
            <p className="field-fault" role="alert">
              {fault}
            </p>
          )}
          <button type="submit" className="button button-main button-wide" disabled={busy !== undefined}>
            {busy === 'in' ? 'One moment…' : 'Continue'}
          </button>
        </form>
        {info?.signUp === true && (
          <>
            <p className="or">
              <span>or</span>
            </p>
            <button
              type="button"
              className="button button-quiet button-wide"
              disabled={busy !== undefined}
              onClick={() => void go('up', () => startSignUp(returnTo))}
            >
              {busy === 'up' ? 'One moment…' : 'Create an account'}
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
