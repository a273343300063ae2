import { Check, CircleDashed, Eye, EyeOff } from 'lucide'
import { type FormEvent, useState } from 'react'
import { ApiError, ask } from '../api.ts'
import { dateFormat } from '../language/formats.ts'
import { ops } from '../language/ops.ts'
import { Icon } from '../ui/icon.tsx'
import { addressOf } from './address.ts'
import { askFollowed } from './ask.ts'
import type { FollowedCheckin } from '@waypost/lexicon/ops-state'

/** Where is it now? An address in, the whole way of that check-in out. */
export function Follow() {
  const [text, setText] = useState('')
  const [found, setFound] = useState<FollowedCheckin>()
  const [fault, setFault] = useState<string>()
  const [isAsking, setAsking] = useState(false)

  async function follow(uri: string | undefined): Promise<void> {
    setFault(undefined)
    if (uri === undefined) return setFault(ops.follow.notAnAddress)
    setAsking(true)
    try {
      setFound(await askFollowed(uri))
    } catch (thrown) {
      setFault(thrown instanceof ApiError && thrown.status === 400 ? ops.follow.notAnAddress : ops.follow.failed)
    } finally {
      setAsking(false)
    }
  }

  async function takeNewest(): Promise<void> {
    try {
      const { feed } = await ask('app.waypost.feed.getGlobal', { limit: 1 })
      const uri = feed[0]?.uri
      if (uri === undefined) return setFault(ops.follow.none)
      setText(uri)
      await follow(uri)
    } catch {
      setFault(ops.follow.failed)
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault()
    void follow(addressOf(text))
  }

  return (
    <section className="ops-panel ops-follow" aria-labelledby="ops-follow">
      <h2 id="ops-follow">{ops.follow.heading}</h2>
      <form onSubmit={submit}>
        <label className="field-label" htmlFor="ops-uri">
          {ops.follow.label}
        </label>
        <div className="follow-row">
          <input
            id="ops-uri"
            className="field field-small"
            value={text}
            placeholder={ops.follow.placeholder}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button button-main" disabled={isAsking}>
            {ops.follow.submit}
          </button>
          <button type="button" className="button button-quiet" disabled={isAsking} onClick={() => void takeNewest()}>
            {ops.follow.newest}
          </button>
        </div>
      </form>
      {fault !== undefined && (
        <p className="field-fault" role="alert">
          {fault}
        </p>
      )}
      {found !== undefined && fault === undefined && <Journey checkin={found} />}
    </section>
  )
}

function Journey({ checkin }: { readonly checkin: FollowedCheckin }) {
  const { isVisible, logged, steps, replicas } = checkin
  const times = steps.flatMap(({ atMs }) => atMs ?? [])
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const span = Math.max(1, last - first)
  return (
    <div className="journey" role="status">
      <p className="journey-verdict" data-tone={isVisible ? 'good' : 'warn'}>
        <Icon of={isVisible ? Eye : EyeOff} size={17} />
        <strong>{isVisible ? ops.follow.visible : ops.follow.hidden}</strong>
        {times.length > 1 && <span>{ops.follow.total(span / 1_000)}</span>}
      </p>
      {logged === undefined ? (
        <p className="quiet">{ops.follow.notInLog}</p>
      ) : (
        <>
          <ol className="journey-steps">
            {steps.map(({ step, atMs, by }, index) => {
              const [title, what] = ops.follow.steps[step]
              const before = steps.slice(0, index).findLast((each) => each.atMs !== undefined)?.atMs
              return (
                <li key={step} data-step={step} data-known={atMs !== undefined || undefined}>
                  <Icon of={atMs === undefined ? CircleDashed : Check} size={15} strokeWidth={2.6} />
                  <strong>{title}</strong>
                  <p className="journey-what">{what}</p>
                  {atMs === undefined ? (
                    <p className="journey-time">{ops.follow.unknown}</p>
                  ) : (
                    <p className="journey-time">
                      <time dateTime={new Date(atMs).toISOString()}>{clockTime(atMs)}</time>
                      {by === 'log' && <span>{ops.follow.byLog}</span>}
                      {before !== undefined && <b>{ops.follow.after((atMs - before) / 1_000)}</b>}
                    </p>
                  )}
                  {atMs !== undefined && (
                    <span className="journey-bar" aria-hidden="true">
                      <span
                        style={{
                          insetInlineStart: `${(((before ?? atMs) - first) / span) * 100}%`,
                          inlineSize: `${Math.max(0, ((atMs - (before ?? atMs)) / span) * 100)}%`,
                        }}
                      />
                    </span>
                  )}
                </li>
              )
            })}
          </ol>
          <p className="quiet">
            {ops.follow.place(logged.position)} · {ops.follow.from(logged.host, logged.seq)}
          </p>
          <p className="journey-replicas">
            <span>{ops.follow.replicas}</span>
            {replicas.map(({ id, isSelf, hasIt }) => (
              <span key={id} className="badge" data-tone={hasIt ? undefined : 'warn'}>
                {isSelf ? ops.follow.self : id} · {hasIt ? ops.follow.has : ops.follow.hasNot}
              </span>
            ))}
          </p>
        </>
      )}
      <p className="quiet">{ops.follow.scope}</p>
    </div>
  )
}

function clockTime(ms: number): string {
  const style = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const
  return dateFormat(style).format(ms)
}
