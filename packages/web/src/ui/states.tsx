import { CircleAlert } from 'lucide'
import { Component, type ReactNode } from 'react'
import { explain } from '../api.ts'
import { t } from '../language/language.ts'
import { Icon } from './icon.tsx'

interface EmptyProps {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

/** Nothing here yet: says so, why, and what one could do. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <Signpost />
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-text">{children}</div>}
      {action}
    </div>
  )
}

/** A quiet drawing for pages without content: a signpost in hills. */
export function Signpost() {
  return (
    <svg className="signpost" viewBox="0 0 160 96" aria-hidden="true">
      <circle className="signpost-sun" cx="118" cy="30" r="13" />
      <path className="signpost-far" d="M0 78c22-26 42-30 62-14 18-22 44-26 98 6v26H0z" />
      <path className="signpost-near" d="M0 88c34-18 66-16 92-6 24-12 46-12 68-4v18H0z" />
      <path
        className="signpost-post"
        d="M77 92V24a3 3 0 0 1 6 0v68zM60 31h35l7 6.500-7 6.500H60zM99 50H68l-6 6 6 6h31z"
      />
    </svg>
  )
}

interface FailureProps {
  readonly fault: unknown
  readonly onRetry?: () => void
}

/** Something failed: one plain sentence, and a way to try again. */
export function Failure({ fault, onRetry }: FailureProps) {
  return (
    <div className="failure" role="alert">
      <Icon of={CircleAlert} size={20} />
      <p>{explain(fault)}</p>
      {onRetry !== undefined && (
        <button type="button" className="button button-quiet" onClick={onRetry}>
          {t.actions.tryAgain}
        </button>
      )}
    </div>
  )
}

/** Grey shapes where check-ins are about to be. */
export function FeedSkeleton({ count = 4 }: { readonly count?: number }) {
  return (
    <div className="skeletons" role="status" aria-label={t.states.loadingCheckins}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton" aria-hidden="true">
          <span className="bone bone-round" />
          <span className="bone-lines">
            <span className="bone bone-short" />
            <span className="bone bone-title" />
            <span className="bone bone-text" />
          </span>
          {index % 3 === 1 && <span className="bone bone-photo" />}
        </div>
      ))}
    </div>
  )
}

/** Grey shapes where the head of a page is about to be. */
export function PageSkeleton({ label }: { readonly label: string }) {
  return (
    <div className="page" role="status" aria-label={label}>
      <div className="page-skeleton" aria-hidden="true">
        <span className="bone bone-hero" />
        <span className="bone bone-title" />
        <span className="bone bone-text" />
      </div>
    </div>
  )
}

interface BoundaryState {
  readonly fault: unknown
}

/** Keeps one broken page from taking the whole app with it. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { fault: undefined }

  static getDerivedStateFromError(fault: unknown): BoundaryState {
    return { fault: fault ?? new Error('unknown') }
  }

  override render(): ReactNode {
    if (this.state.fault === undefined) return this.props.children
    // A file of the app that did not come: no connection, or a newer version has taken its place.
    const { fault } = this.state
    const isMissing = fault instanceof Error && /dynamically imported module|importing a module/i.test(fault.message)
    return (
      <div className="page">
        <Empty
          title={isMissing ? t.states.pageMissing : t.states.pageBroke}
          action={
            <button type="button" className="button button-main" onClick={() => location.reload()}>
              {t.states.loadAgain}
            </button>
          }
        >
          <p>{isMissing ? t.states.pageMissingWhy : t.states.pageBrokeWhy}</p>
        </Empty>
      </div>
    )
  }
}
