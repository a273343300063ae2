import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, explain } from '../api.ts'
import { nameOf } from '../ui/names.ts'
import { Empty } from '../ui/states.tsx'
import { say } from '../ui/toast.tsx'
import type { ProfileView } from '../views.ts'

/** Asks once more before it blocks: what follows is that each loses sight of the other. */
export function BlockButton({ person }: { readonly person: ProfileView }) {
  const queryClient = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const block = async () => {
    setBusy(true)
    try {
      await call('app.waypost.graph.block', { subject: person.did })
      await queryClient.invalidateQueries()
    } catch (fault) {
      say(explain(fault))
    }
    setBusy(false)
  }
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
  const queryClient = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const unblock = async () => {
    setBusy(true)
    try {
      await call('app.waypost.graph.unblock', { subject: actor })
      await queryClient.invalidateQueries()
    } catch (fault) {
      say(explain(fault))
    }
    setBusy(false)
  }
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
