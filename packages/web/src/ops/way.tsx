import { amount, ops } from '../language/ops.ts'
import { Sparkline } from './sparkline.tsx'
import type { OpsState, StageState } from '@waypost/lexicon/ops-state'

/** These are with whoever follows the hosts. */
const OF_INGEST: readonly string[] = ['wire', 'verify', 'log']
/** More than this waits where a stage is busy or stuck. */
const QUEUE_USUAL = 64

/** The stages in their order, each with what goes through, what waits and how long it takes. */
export function Way({ stages, ingest }: Pick<OpsState, 'stages' | 'ingest'>) {
  return (
    <section className="ops-panel ops-road" aria-labelledby="ops-way">
      <header>
        <h2 id="ops-way">{ops.way.heading}</h2>
        <p className="quiet">{ops.way.note}</p>
      </header>
      <div className="road">
        <p className="road-end">{ops.way.from}</p>
        <ol>
          {stages.map((stage) => (
            <Stage
              key={stage.name}
              stage={stage}
              resting={ingest !== 'here' && OF_INGEST.includes(stage.name) ? ops.way[ingest] : undefined}
            />
          ))}
        </ol>
        <p className="road-end">{ops.way.to}</p>
      </div>
    </section>
  )
}

/** `resting`: why nothing of it happens here. */
function Stage({ stage, resting }: { readonly stage: StageState; readonly resting: string | undefined }) {
  const { name, perSecond, queue, p50, p99, history } = stage
  const [title, what] = ops.way.stages[name]
  const isFlowing = perSecond > 0
  return (
    <li className="road-stage" data-stage={name} data-flowing={isFlowing || undefined}>
      <h3>{title}</h3>
      <p className="road-what">{what}</p>
      {resting !== undefined ? (
        <p className="road-elsewhere">{resting}</p>
      ) : (
        <>
          <p className="road-rate">
            <strong>{amount(perSecond)}</strong> <span>{ops.way.perSecond}</span>
          </p>
          <Sparkline values={history} label={ops.way.history(title)} />
          <p className="road-queue" data-tone={queue > QUEUE_USUAL ? 'warn' : undefined}>
            {ops.way.waiting(queue)}
          </p>
          <p className="road-took" title={ops.way.tookLabel}>
            {p50 === undefined || p99 === undefined ? ops.way.idle : ops.way.took(p50, p99)}
          </p>
        </>
      )}
    </li>
  )
}
