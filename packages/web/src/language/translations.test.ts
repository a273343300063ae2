import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isValidElement, type ReactNode } from 'react'
import { de } from './de.ts'
import { en as enFirst } from './en.ts'
import { enPages } from './en-pages.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'
import { LANGUAGES } from './language.ts'
import { pt } from './pt.ts'

const en = { ...enFirst, ...enPages }
const OTHERS = { de, es, fr, pt, ja }

type Message = string | ((...given: readonly unknown[]) => ReactNode)

/** All messages by their path, such as `live.shown.map`. */
function messagesOf(table: object, above = ''): Map<string, Message> {
  const found = Object.entries(table).flatMap(([key, value]): (readonly [string, Message])[] => {
    const path = above === '' ? key : `${above}.${key}`
    return typeof value === 'object' ? [...messagesOf(value as object, path)] : [[path, value as Message]]
  })
  return new Map(found)
}

/** The words of what a message gives, with those of the parts in it. */
function wordsOf(node: ReactNode): string {
  if (Array.isArray(node)) return node.map((part: ReactNode) => wordsOf(part)).join('')
  if (isValidElement<{ readonly children?: ReactNode }>(node)) return wordsOf(node.props.children)
  return typeof node === 'string' || typeof node === 'number' ? String(node) : ''
}

/** `count` for every argument that is a number, a name of its own for every other. */
function said(message: Message, { count }: { readonly count: number }, english = message): string {
  if (typeof message === 'string') return message
  const source = String(english)
  const names = source
    .slice(source.indexOf('(') + 1, source.indexOf(')'))
    .split(',')
    .map((name) => name.trim())
  const isCount = (name: string) => /^(?:count|dayCount|over|number|longest|windowDays|earnedWeeks)$/.test(name)
  const given = names.map((name) =>
    name === 'signIn' ? (words: string) => words : isCount(name) ? count : `<${name}>`,
  )
  return wordsOf(message(...given))
}

/** One for each plural category that any of the languages has. */
const COUNTS = [0, 1, 2, 5, 21, 1_000_000]

for (const [language, messages] of Object.entries(OTHERS)) {
  test(`${LANGUAGES[language as keyof typeof OTHERS]} has a form for every number`, () => {
    for (const [path, message] of messagesOf(messages)) {
      for (const count of COUNTS) {
        const words = said(message, { count }, messagesOf(en).get(path))
        assert.ok(words.trim() !== '' && !words.includes('undefined'), `${path} of ${count}: ${words}`)
      }
    }
  })

  test(`${LANGUAGES[language as keyof typeof OTHERS]} leaves nothing out that English says of what it is given`, () => {
    const given = /<\w+>|5/g
    for (const [path, english] of messagesOf(en)) {
      const message = messagesOf(messages).get(path)
      assert.ok(message !== undefined, path)
      const expected = [...said(english, { count: 5 }).matchAll(given)].map(([part]) => part).toSorted()
      const found = [...said(message, { count: 5 }, english).matchAll(given)].map(([part]) => part).toSorted()
      assert.deepEqual(
        found.filter((part) => expected.includes(part)),
        expected,
        path,
      )
    }
  })

  test(`${LANGUAGES[language as keyof typeof OTHERS]} has no sentence that is still English`, () => {
    const english = messagesOf(en)
    const same = [...messagesOf(messages)].filter(
      ([path, message]) =>
        typeof message === 'string' && message === english.get(path) && message.split(' ').length > 2,
    )
    assert.deepEqual(same, [])
  })
}
