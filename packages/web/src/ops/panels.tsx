import type { ReactNode } from 'react'
import { amount, duration, ops, share } from '../language/ops.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { OpsState } from '@waypost/lexicon/ops-state'

/* What stands below the way, one panel for each question. */

function Panel({
  id,
  heading,
  children,
}: {
  readonly id: string
  readonly heading: string
  readonly children: ReactNode
}) {
  return (
    <section className="ops-panel" aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {children}
    </section>
  )
}

function Nothing({ children }: { readonly children: ReactNode }) {
  return <p className="quiet">{children}</p>
}

function At({ ms }: { readonly ms: number }) {
  return <TimeAgo at={new Date(ms).toISOString()} />
}

export function Processes({ replicas }: Pick<OpsState, 'replicas'>) {
  return (
    <Panel id="ops-replicas" heading={ops.replicas.heading}>
      {replicas.length === 0 ? (
        <Nothing>{ops.replicas.alone}</Nothing>
      ) : (
        <ul className="ops-rows">
          {replicas.map(({ id, role, health, isSelf, isLinked, position, lagMs, requestsPerSecond, isActive }) => (
            <li key={id}>
              <span className="dot" data-tone={health === 'alive' ? 'good' : health === 'suspect' ? 'warn' : 'bad'} />
              <p>
                <strong>{id}</strong>
                <span>
                  {role} · {isSelf ? ops.replicas.self : isLinked ? ops.replicas.linked : ops.replicas.told}
                  {isActive === true && <> · {ops.replicas.active}</>}
                </span>
              </p>
              <p className="ops-figures">
                <b>{ops.replicas.health[health]}</b>
                {position !== undefined && <span>{ops.replicas.position(position)}</span>}
                {lagMs !== undefined && <span>{ops.replicas.lag(lagMs / 1_000)}</span>}
                {requestsPerSecond !== undefined && <span>{ops.replicas.requests(requestsPerSecond)}</span>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

export function Hosts({ hosts, ingest, repositories }: Pick<OpsState, 'hosts' | 'ingest' | 'repositories'>) {
  const words = ops.hosts
  const states = [
    [words.repositories.synchronized, repositories.people],
    [words.repositories.inProgress, repositories.inProgress],
    [words.repositories.desynchronized, repositories.desynchronized],
  ] as const
  return (
    <Panel id="ops-hosts" heading={words.heading}>
      <dl className="ops-stats">
        {states.map(([label, count]) => (
          <div key={label}>
            <dd>{amount(count)}</dd>
            <dt>{label}</dt>
          </div>
        ))}
      </dl>
      {hosts.length === 0 ? (
        <Nothing>{ingest === 'here' ? words.none : words[ingest]}</Nothing>
      ) : (
        <ul className="ops-rows">
          {hosts.map(({ url, kind, connected, lastSeq, waiting, queued, lagMs }) => (
            <li key={url}>
              <span className="dot" data-tone={connected ? 'good' : 'bad'} />
              <p>
                <strong>{url}</strong>
                <span>
                  {kind === undefined ? words.unknown : words.kinds[kind]} · {connected ? words.connected : words.away}
                </span>
              </p>
              <p className="ops-figures">
                {lagMs !== undefined && (
                  <b>
                    {duration(Math.max(0, lagMs) / 1_000)} {words.lag}
                  </b>
                )}
                {lastSeq !== undefined && (
                  <span>
                    {words.seq} {lastSeq}
                  </span>
                )}
                <span>
                  {amount(waiting + queued)} {words.queued}
                </span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

export function Refusals({ refusals }: Pick<OpsState, 'refusals'>) {
  return (
    <Panel id="ops-refusals" heading={ops.refusals.heading}>
      {refusals.length === 0 ? (
        <Nothing>{ops.refusals.none}</Nothing>
      ) : (
        <ul className="ops-details">
          {refusals.map(({ reason, total, perMinute, samples }) => (
            <li key={reason}>
              <details>
                <summary>
                  <code>{reason}</code>
                  <span>{ops.refusals.rate(perMinute)}</span>
                  <b>{amount(total)}</b>
                </summary>
                <ul>
                  {samples.map(({ atMs, host, detail, did, seq }) => (
                    <li key={`${atMs} ${host} ${seq}`}>
                      <At ms={atMs} />
                      <p>{detail}</p>
                      <p className="quiet">
                        {host}
                        {seq !== undefined && <> · {ops.refusals.seq(seq)}</>}
                        {did !== undefined && <> · {did}</>}
                      </p>
                    </li>
                  ))}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

export function Endpoints({ endpoints }: Pick<OpsState, 'endpoints'>) {
  const words = ops.endpoints
  return (
    <Panel id="ops-endpoints" heading={words.heading}>
      {endpoints.length === 0 ? (
        <Nothing>{words.none}</Nothing>
      ) : (
        <table className="ops-table">
          <thead>
            <tr>
              <th scope="col">{words.route}</th>
              <th scope="col">{words.rate}</th>
              <th scope="col">{words.errors}</th>
              <th scope="col">{words.p50}</th>
              <th scope="col">{words.p99}</th>
            </tr>
          </thead>
          <tbody>
            {endpoints.map(({ route, perSecond, errorShare, p50, p99 }) => (
              <tr key={route}>
                <th scope="row">{route.replace(/^\/xrpc\/(app\.waypost\.)?/, '')}</th>
                <td>{amount(perSecond)}</td>
                <td data-tone={errorShare > 0 ? 'bad' : undefined}>{share(errorShare)}</td>
                <td>{p50 === undefined ? ops.nothing : duration(p50)}</td>
                <td>{p99 === undefined ? ops.nothing : duration(p99)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

export function SlowAnswers({ slow }: Pick<OpsState, 'slow'>) {
  return (
    <Panel id="ops-slow" heading={ops.slow.heading}>
      {slow.length === 0 ? (
        <Nothing>{ops.slow.none}</Nothing>
      ) : (
        <ul className="ops-lines">
          {slow.slice(0, 10).map(({ route, status, ms, atMs }) => (
            <li key={`${atMs} ${route} ${ms}`}>
              <b>{duration(ms / 1_000)}</b>
              <p>
                {route} · {status}
              </p>
              <At ms={atMs} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

export function Threads({ threads, engine }: Pick<OpsState, 'threads' | 'engine'>) {
  const words = ops.threads
  return (
    <Panel id="ops-threads" heading={words.heading}>
      <ul className="ops-threads">
        {threads.map(({ name, utilization, queue }) => (
          <li key={name}>
            <p>
              <strong>{name}</strong>
              <span>{words.queue(queue)}</span>
              <b>{share(utilization)}</b>
            </p>
            <span className="meter" aria-hidden="true" data-tone={utilization > 0.9 ? 'bad' : undefined}>
              <span style={{ inlineSize: `${utilization * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
      <dl className="ops-stats">
        <div data-tone={engine.isUp ? undefined : 'bad'}>
          <dd>{engine.isUp ? words.up : words.down}</dd>
          <dt>{words.engine}</dt>
        </div>
        <div>
          <dd>{engine.appendP99 === undefined ? ops.nothing : duration(engine.appendP99)}</dd>
          <dt>{words.append}</dt>
        </div>
        <div>
          <dd>{engine.headP99 === undefined ? ops.nothing : duration(engine.headP99)}</dd>
          <dt>{words.head}</dt>
        </div>
        <div data-tone={engine.failures > 0 ? 'warn' : undefined}>
          <dd>{amount(engine.failures)}</dd>
          <dt>{words.failures}</dt>
        </div>
      </dl>
    </Panel>
  )
}

export function Faults({ faults }: Pick<OpsState, 'faults'>) {
  return (
    <Panel id="ops-faults" heading={ops.faults.heading}>
      {faults.length === 0 ? (
        <Nothing>{ops.faults.none}</Nothing>
      ) : (
        <ul className="ops-lines">
          {faults.slice(0, 12).map(({ atMs, level, text, error }, index) => (
            <li key={`${atMs} ${index}`}>
              <span className="dot" data-tone={level === 'warn' ? 'warn' : 'bad'} />
              <p>
                {text}
                {error !== undefined && <span>{error}</span>}
              </p>
              <At ms={atMs} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
