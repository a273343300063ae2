interface SegmentsProps<Choice extends string> {
  readonly className?: string
  /** What is chosen among. */
  readonly label: string
  /** The choices with their words, in the order shown. */
  readonly offered: readonly (readonly [Choice, string])[]
  readonly chosen: Choice
  readonly onChoose: (choice: Choice) => void
}

/** One of a few, side by side; nothing where there is no choice. */
export function Segments<Choice extends string>(props: SegmentsProps<Choice>) {
  const { className, label, offered, chosen, onChoose } = props
  if (offered.length < 2) return null
  return (
    <div
      className={className === undefined ? 'segments segments-words' : `segments segments-words ${className}`}
      role="group"
      aria-label={label}
    >
      {offered.map(([each, words]) => (
        <button key={each} type="button" aria-pressed={each === chosen} onClick={() => onChoose(each)}>
          {words}
        </button>
      ))}
    </div>
  )
}
