import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, explain, startSignIn } from '../api.ts'
import { keepStored, readStored } from '../device/stored.ts'
import { t } from '../language/pages.ts'
import { checkInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { actorOf } from '../ui/names.ts'
import { Switch } from '../ui/switch.tsx'
import { say } from '../ui/toast.tsx'

const STORED_AS = 'waypost-cross-post'

/** Whether this device's person usually posts their check-ins on Bluesky too. */
const isUsual = (): boolean => readStored(STORED_AS) === 'on'

export interface CrossPost {
  /** What the person wants. */
  readonly isOn: boolean
  /** Whether their server lets us; undefined until known. */
  readonly isAllowed: boolean | undefined
  turn(isOn: boolean): void
}

export function useCrossPost(): CrossPost {
  const [isOn, setOn] = useState(isUsual)
  const { data } = useQuery({
    queryKey: ['post-leave'],
    queryFn: ({ signal }) => ask('app.waypost.feed.getPost', {}, signal),
    enabled: isOn,
  })
  return {
    isOn,
    isAllowed: data?.isAllowed,
    turn(next) {
      // Without storage it holds for this check-in.
      keepStored(STORED_AS, next ? 'on' : undefined)
      setOn(next)
    },
  }
}

/** The switch of the composer. What it needs beyond checking in is asked for only now. */
export function CrossPostField({ crossPost: { isOn, isAllowed, turn } }: { readonly crossPost: CrossPost }) {
  const { actor } = useSession()
  const [isLeaving, setLeaving] = useState(false)
  const allow = async () => {
    if (actor === undefined) return
    setLeaving(true)
    try {
      location.assign(await startSignIn(actorOf(actor), checkInPath, { posts: true }))
    } catch (fault) {
      setLeaving(false)
      say(explain(fault))
    }
  }
  return (
    <div className="field-group">
      <Switch label={t.crossPost.label} note={noteOf(isOn, isAllowed)} isNoteLive isOn={isOn} onTurn={turn} />
      {isOn && isAllowed === false && (
        <button
          type="button"
          className="button button-quiet button-small"
          disabled={isLeaving}
          onClick={() => void allow()}
        >
          {t.crossPost.allow}
        </button>
      )}
    </div>
  )
}

function noteOf(isOn: boolean, isAllowed: boolean | undefined): string {
  if (!isOn || isAllowed === true) return t.crossPost.note
  return isAllowed === undefined ? t.crossPost.asking : t.crossPost.notAllowed
}
