/**
 * Answers to questions about one thing each, remembered until a batch changes them. Past `countMax` those go that were
 * asked for first, whether they were asked for again or not: it costs no more than the question.
 */
export interface Held<Key, Answer> {
  /** What is remembered, or `ask`, whose answer is remembered where there is one. */
  get(key: Key, ask: (key: Key) => Answer | undefined): Answer | undefined
  forget(keys: Iterable<Key>): void
  clear(): void
}

export function createHeld<Key, Answer>({ countMax }: { readonly countMax: number }): Held<Key, Answer> {
  const answers = new Map<Key, Answer>()
  return {
    get(key, ask) {
      const held = answers.get(key)
      if (held !== undefined) return held
      const answer = ask(key)
      if (answer === undefined) return undefined
      answers.set(key, answer)
      if (answers.size > countMax) {
        const [first] = answers.keys()
        answers.delete(first!)
      }
      return answer
    },
    forget(keys) {
      for (const key of keys) answers.delete(key)
    },
    clear: () => answers.clear(),
  }
}
