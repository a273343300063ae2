import { useState } from 'react'
import { call } from '../api.ts'
import { t } from '../language/pages.ts'
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
        {t.person.block}
      </button>
    )
  }
  return (
    <div className="block-ask" role="group" aria-label={t.person.blockAsk(nameOf(person))}>
      <p>{t.person.blockWhat}</p>
      <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void block()}>
        {t.person.blockIt(nameOf(person))}
      </button>
      <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
        {t.person.keep}
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
        title={t.person.blocked}
        action={
          <button type="button" className="button button-main" disabled={isBusy} onClick={() => void unblock()}>
            {t.person.unblock}
          </button>
        }
      >
        <p>
          {t.person.blockedWhat} <bdi>{actor}</bdi>
        </p>
      </Empty>
    </div>
  )
}
