import { useState } from 'react'
import { call } from '../api.ts'
import { nameOf } from '../ui/names.ts'
import { Empty } from '../ui/states.tsx'
import { EVERYTHING, useAct } from '../ui/use-act.ts'
import type { ProfileView } from '../views.ts'

/** Asks once more before it blocks: what follows is that each loses sight of the other. */
export function BlockButton({ person }: { readonly person: ProfileView }) {
  const [isAsking, setAsking] = useState(false)
  const { isBusy, act } = useAct()
  const block = () => act(() => call('app.waypost.graph.block', { subject: person.did }), EVERYTHING)
  if (!isAsking) {
    return (
      <button type="button" className="button button-quiet" onClick={() => setAsking(true)}>
        Block
      </button>
    )
  }
  return (
    <div className="block-ask" role="group" aria-label={`Block ${nameOf(person)}?`}>
      <p>You will see nothing of each other here.</p>
      <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void block()}>
        Block {nameOf(person)}
      </button>
      <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
        Keep
      </button>
    </div>
  )
}

export function BlockedPerson({ actor }: { readonly actor: string }) {
  const { isBusy, act } = useAct()
  const unblock = () => act(() => call('app.waypost.graph.unblock', { subject: actor }), EVERYTHING)
  return (
    <div className="page">
      <Empty
        title="You block this person"
        action={
          <button type="button" className="button button-main" disabled={isBusy} onClick={() => void unblock()}>
            Unblock
          </button>
        }
      >
        <p>
          Neither of you sees anything of the other here. <bdi>{actor}</bdi>
        </p>
      </Empty>
    </div>
  )
}
