import { type FormEvent, useState } from 'react'
import { ApiError } from '../api.ts'
import { ops } from '../language/ops.ts'
import { Signpost } from '../ui/states.tsx'
import { signInOperator } from './ask.ts'

export function OperatorSignIn({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState<string>()
  const [isAsking, setAsking] = useState(false)

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault()
    setAsking(true)
    setFault(undefined)
    try {
      await signInOperator(password)
      onSignedIn()
    } catch (thrown) {
      setFault(wordsFor(thrown))
    } finally {
      setAsking(false)
    }
  }

  return (
    <div className="page ops-sign-in">
      <Signpost />
      <h1>{ops.signIn.heading}</h1>
      <p className="lead">{ops.signIn.why}</p>
      <form onSubmit={(event) => void signIn(event)}>
        <label className="field-label" htmlFor="ops-password">
          {ops.signIn.password}
        </label>
        <input
          id="ops-password"
          type="password"
          className="field"
          autoComplete="current-password"
          required
          value={password}
          aria-invalid={fault !== undefined}
          onChange={(event) => setPassword(event.target.value)}
        />
        {fault !== undefined && (
          <p className="field-fault" role="alert">
            {fault}
          </p>
        )}
        <button type="submit" className="button button-main button-wide button-tall" disabled={isAsking}>
          {ops.signIn.submit}
        </button>
      </form>
    </div>
  )
}

function wordsFor(thrown: unknown): string {
  if (!(thrown instanceof ApiError)) return ops.signIn.failed
  if (thrown.status === 429) return ops.signIn.tooMany
  return thrown.status === 401 ? ops.signIn.wrong : ops.signIn.failed
}
