/** The two lines of a row: who or what it is, in whatever script, and what else there is to know. */
export function RowLines({ title, note }: { readonly title: string; readonly note: string }) {
  return (
    <span className="row-lines">
      <span className="row-title">
        <bdi>{title}</bdi>
      </span>
      <span className="row-note">
        <bdi>{note}</bdi>
      </span>
    </span>
  )
}
