import { en } from './en.ts'
import { type AllMessages, enPages } from './en-pages.ts'
import { onSpoken, wordsOr } from './language.ts'

const english: AllMessages = { ...en, ...enPages }

/** As `t` of `language.ts`, with the words of the pages that are loaded when they are asked for. */
export let t: AllMessages = wordsOr(english)

onSpoken(() => {
  t = wordsOr(english)
})
