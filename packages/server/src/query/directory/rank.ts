/** What of a place decides how well it answers a text. Both texts are folded. */
export interface Named {
  readonly key: string
  /** Country, region and town. */
  readonly area: string
}

/** Half way between here and far: at this distance a place counts about half of what it would count here. */
const HALF_WAY_M = 30_000

/** What is left of a place's rank at the other end of the world. */
const FAR_SHARE = 0.1

/** Keeps the smallest place in sight of the largest, where the name fits. */
const IMPORTANCE_FLOOR = 0.2

/** Worth as much as the beginning of the name itself. */
const OTHER_NAME = 0.7

/** Whether each word begins a word of the name or the area, and at least one a word of the name. */
export function matches(words: readonly string[], { key, area }: Named): boolean {
  return words.some((word) => begins(key, word)) && words.every((word) => begins(key, word) || begins(area, word))
}

/**
 * How well a place that matches answers the words, above 0; more is better. The name counts most: whole before
 * beginning before anywhere in it. Then the distance in metres, where there is one, and the importance (0 to 1).
 */
export function rankOf(
  words: readonly string[],
  place: Named & { readonly importance: number; readonly distance?: number | undefined },
): number {
  const { distance, importance } = place
  const nearness = distance === undefined ? 1 : FAR_SHARE + (1 - FAR_SHARE) / (1 + distance / HALF_WAY_M)
  return fit(words, place) * (IMPORTANCE_FLOOR + importance) * nearness
}

function fit(words: readonly string[], { key }: Named): number {
  const inName = words.filter((word) => begins(key, word))
  // It was found by a name in another language, of which no more is known here.
  if (inName.length === 0) return OTHER_NAME
  const said = inName.join(' ')
  const covered = Math.min(1, said.length / Math.max(1, key.length))
  return (
    (key === said ? 1 : (key.startsWith(said) ? 0.6 : 0.4) + 0.2 * covered) *
    (0.8 + (0.2 * inName.length) / words.length)
  )
}

function begins(text: string, word: string): boolean {
  return text.startsWith(word) || text.includes(` ${word}`)
}
