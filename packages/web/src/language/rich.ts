import { createElement, Fragment, type ReactNode } from 'react'

/** A sentence with links or other parts of the page in it, in whatever order the language needs; never HTML in a string. */
export function rich(words: TemplateStringsArray, ...parts: readonly ReactNode[]): ReactNode {
  return createElement(Fragment, null, ...words.flatMap((word, at) => (at < parts.length ? [word, parts[at]] : [word])))
}
