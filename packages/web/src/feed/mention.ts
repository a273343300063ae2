/** A mention that somebody is in the middle of typing. */
export interface Typing {
  /** Where its `@` is, in UTF-16 units, and what comes after it so far. */
  readonly start: number
  readonly name: string
}

/** Whom a text names, by their handles as they stand in it. */
export type Mentions = Readonly<Record<string, string>>

/** Handles have letters, digits, dots and dashes; whoever looks for a name types letters of any script. */
const TYPED = /(?<=^|[\s(])@([\p{L}\p{N}.-]{1,64})$/u

/** What is being typed before the caret, if it may become a mention. */
export function typingAt(text: string, caret: number): Typing | undefined {
  const match = TYPED.exec(text.slice(0, caret))
  return match === null ? undefined : { start: match.index, name: match[1] ?? '' }
}

/** The text with a handle in place of what was typed, a space after it, and where the caret goes on. */
export function withMention(text: string, { start, name }: Typing, handle: string): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${handle} `
  const rest = text.slice(start + 1 + name.length)
  return { text: before + rest.replace(/^ /, ''), caret: before.length }
}
