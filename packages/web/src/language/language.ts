import { useSyncExternalStore } from 'react'
import { keepStored, readStored } from '../device/stored.ts'
import { en, type Messages } from './en.ts'
import type { AllMessages } from './en-pages.ts'
import { setLocale } from './locale.ts'

/** By each language's own name, as people look for it. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  pt: 'Português',
  ja: '日本語',
} as const

export type Language = keyof typeof LANGUAGES

/** English is part of the app, and stands in where the words of another language do not come. */
const LOAD: Readonly<Record<Exclude<Language, 'en'>, () => Promise<AllMessages>>> = {
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  fr: async () => (await import('./fr.ts')).fr,
  pt: async () => (await import('./pt.ts')).pt,
  ja: async () => (await import('./ja.ts')).ja,
}

/**
 * The words of the language that is spoken now. The map of the app (`routes.tsx`) is drawn again when it changes, and
 * with it all that stands on the page: whatever says something reads it while it is drawn, and keeps no copy.
 */
export let t: Messages = en

/** The whole table of the language, unless it is English. */
let whole: AllMessages | undefined
const tables = new Set<() => void>()

/** The whole table of the language that is spoken now. `english`: that of English, which comes with the pages. */
export function wordsOr(english: AllMessages): AllMessages {
  return whole ?? english
}

/** Before anything is drawn again in another language. */
export function onSpoken(listener: () => void): void {
  tables.add(listener)
}

const STORED_AS = 'waypost-language'
const listeners = new Set<() => void>()
let spoken: Language = 'en'

/** Speaks what this person chose on this device, else what their browser asks for, else English. */
export async function speakOwn(): Promise<void> {
  const language = languageFor(readStored(STORED_AS), navigator.languages)
  if (!(await speak(language))) await speak('en')
}

/** Speaks a language from now on, and after the next visit too. Resolves to whether its words came. */
export async function chooseLanguage(language: Language): Promise<boolean> {
  const came = await speak(language)
  // A browser that keeps nothing still speaks it until the page is closed.
  if (came) keepStored(STORED_AS, language)
  return came
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => spoken,
  )
}

/** The chosen one where it is one of ours, else the first of the wanted (BCP 47) that we speak, else English. */
export function languageFor(chosen: string | null, wanted: readonly string[]): Language {
  return [chosen ?? '', ...wanted].map(primary).find(isLanguage) ?? 'en'
}

/** Dates and numbers as in the person's own region, where they read the language as it is written there. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => primary(tag) === language) ?? (language === 'en' ? 'en-GB' : language)
}

async function speak(language: Language): Promise<boolean> {
  try {
    whole = language === 'en' ? undefined : await LOAD[language]()
  } catch {
    return false
  }
  t = whole ?? en
  spoken = language
  setLocale(localeFor(language, navigator.languages))
  document.documentElement.lang = language
  document.documentElement.dir = t.dir
  for (const listener of [...tables, ...listeners]) listener()
  return true
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0]!
}

export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag)
}
