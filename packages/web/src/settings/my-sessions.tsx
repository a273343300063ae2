import { useQuery } from '@tanstack/react-query'
import { listSessions, signOut, type SessionView } from '../api.ts'
import { t } from '../language/pages.ts'
import { leave } from '../session/session.tsx'
import { Failure } from '../ui/states.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useAct } from '../ui/use-act.ts'

/** Where one is signed in, each with a way out. */
export function MySessions() {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => listSessions(signal),
  })
  const { isBusy, act } = useAct()
  return (
    <section aria-labelledby="settings-sessions">
      <h2 className="section-title" id="settings-sessions">
        {t.settings.sessions}
      </h2>
      {isPending && (
        <p className="quiet" role="status">
          {t.actions.loading}
        </p>
      )}
      {data === undefined && error !== null && <Failure fault={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <>
          <ul className="sessions">
            {data.map((session) => (
              <Row
                key={session.name}
                session={session}
                isBusy={isBusy}
                onEnd={() =>
                  void act(
                    () => (session.isThis ? leave() : signOut(session.name)),
                    session.isThis ? [] : [['sessions']],
                  )
                }
              />
            ))}
          </ul>
          <button
            type="button"
            className="button button-quiet"
            disabled={isBusy}
            onClick={() => void act(() => leave('everywhere'))}
          >
            {t.settings.signOutEverywhere}
          </button>
        </>
      )}
    </section>
  )
}

interface RowProps {
  readonly session: SessionView
  readonly isBusy: boolean
  readonly onEnd: () => void
}

function Row({ session: { browser = t.settings.aBrowser, since, isThis }, isBusy, onEnd }: RowProps) {
  return (
    <li className="session-row">
      <p>
        <strong>{browser}</strong>
        <span className="quiet">
          {isThis ? t.settings.thisBrowser : t.settings.signedIn}
          {since !== undefined && (
            <>
              {' · '}
              <TimeAgo at={since} />
            </>
          )}
        </span>
      </p>
      <button
        type="button"
        className="button button-quiet button-small"
        aria-label={t.settings.signOutOf(browser)}
        disabled={isBusy}
        onClick={onEnd}
      >
        {t.shell.signOut}
      </button>
    </li>
  )
}
