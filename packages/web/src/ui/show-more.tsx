import { t } from '../language/language.ts'
interface ShowMoreProps {
  readonly query: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => unknown
  }
  readonly label?: string
}

/** The next page of a list, where there is one. */
export function ShowMore({ query, label = t.actions.showMore }: ShowMoreProps) {
  if (!query.hasNextPage) return null
  return (
    <button
      type="button"
      className="button button-quiet"
      disabled={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {label}
    </button>
  )
}
