import './ops.css'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide'
import { ApiError } from '../api.ts'
import { amount, duration, megabytes, ops, share } from '../language/ops.ts'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import { askState, signOutOperator } from './ask.ts'
import { Budget } from './budget.tsx'
import { Follow } from './follow.tsx'
import { Freshness } from './freshness.tsx'
import { Endpoints, Faults, Hosts, Processes, Refusals, SlowAnswers, Threads } from './panels.tsx'
import { OperatorSignIn } from './sign-in.tsx'
import type { OpsState } from '@waypost/lexicon/ops-state'
import { verdictOf, type Verdict } from './verdict.ts'
import { Way } from './way.tsx'

const EVERY_MS = 2_000
/** Figures that are older are said to be. */
const STALE_MS = 6_000
const KEY = ['operator']

/** How the server fares, for whoever runs it: what goes on now, every two seconds, and the way of one check-in. */
export function OpsPage() {
  useTitle(ops.page)
  const client = useQueryClient()
  const { data, error, dataUpdatedAt, errorUpdatedAt, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => askState(signal),
    // Whoever has to sign in, or cannot, is asked once.
    refetchInterval: ({ state: { error: fault } }) => (isRefused(fault) ? false : EVERY_MS),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const refused = error instanceof ApiError ? error : undefined
  if (refused?.error === 'OpsOff')
    return (
      <div className="page">
        <Empty title={ops.off.title}>
          <p>{ops.off.how}</p>
        </Empty>
      </div>
    )
  if (refused?.status === 401) return <OperatorSignIn onSignedIn={() => void refetch()} />
  if (data === undefined)
    return error === null ? (
      <PageSkeleton label={ops.loading} />
    ) : (
      <div className="page">
        <h1 className="section-title">{ops.page}</h1>
        <Failure fault={error} onRetry={() => void refetch()} />
      </div>
    )
  const ageMs = error === null ? 0 : errorUpdatedAt - dataUpdatedAt
  return (
    <div className="ops">
      <Head
        state={data}
        onSignOut={() => void signOutOperator().finally(() => void client.resetQueries({ queryKey: KEY }))}
      />
      {ageMs > STALE_MS && (
        <p className="ops-stale" role="status">
          <Icon of={TriangleAlert} size={17} />
          {ops.stale(Math.round(ageMs / 1_000))}
        </p>
      )}
      <Way stages={data.stages} ingest={data.ingest} />
      <Follow />
      <Freshness objective={data.objective} />
      <Budget budget={data.budget} onChanged={(state) => client.setQueryData(KEY, state)} />
      <div className="ops-columns">
        <div>
          <Hosts hosts={data.hosts} ingest={data.ingest} repositories={data.repositories} />
          <Refusals refusals={data.refusals} />
          <Threads threads={data.threads} engine={data.engine} />
        </div>
        <div>
          <Processes replicas={data.replicas} />
          <Endpoints endpoints={data.endpoints} />
          <SlowAnswers slow={data.slow} />
          <Faults faults={data.faults} />
        </div>
      </div>
    </div>
  )
}

function isRefused(fault: unknown): boolean {
  return fault instanceof ApiError && fault.status >= 400 && fault.status < 500
}

function Head({ state, onSignOut }: { readonly state: OpsState; readonly onSignOut: () => void }) {
  const verdict = verdictOf(state)
  const { version, role, atMs, startedMs, followers, process, threads } = state
  const facts = [
    [ops.facts.followers, amount(followers)],
    [ops.facts.cpu, ops.facts.cores(process.cores)],
    [ops.facts.memory, megabytes(process.residentBytes)],
    [ops.facts.main, share(threads.find(({ name }) => name === 'main')?.utilization ?? 0)],
    [ops.facts.up, duration((atMs - startedMs) / 1_000)],
    [ops.facts.version, `${version} · ${role}`],
  ] as const
  return (
    <header className="ops-head" data-tone={verdict.tone}>
      <p className="ops-eyebrow">{ops.page}</p>
      <h1 aria-live="polite">
        <Icon
          of={verdict.tone === 'good' ? CircleCheck : verdict.tone === 'warn' ? TriangleAlert : CircleAlert}
          size={34}
        />
        <span>{sentence(verdict)}</span>
      </h1>
      <button type="button" className="button button-quiet button-small" onClick={onSignOut}>
        {ops.signIn.signOut}
      </button>
      <dl className="ops-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  )
}

function sentence(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'someHosts':
      return ops.verdict.someHosts(verdict.away, verdict.all)
    case 'behind':
      return ops.verdict.behind(verdict.positions)
    case 'sheds':
      return ops.verdict.sheds(verdict.count)
    case 'arrives':
    case 'quiet':
    case 'engineAway':
    case 'noHost':
    case 'late':
    case 'faults':
    case 'paused':
    case 'near':
    case 'overridden':
      return ops.verdict[verdict.kind]
  }
}
