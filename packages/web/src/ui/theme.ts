import { useSyncExternalStore } from 'react'
import { keepStored, readStored } from '../device/stored.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

/** As in index.html. */
const BAR = { light: '#fbfaf6', dark: '#121a18' } as const
const STORED_AS = 'waypost-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

/** What this person chose on this device; the stylesheet follows `data-theme`. */
export function themeChoice(): ThemeChoice {
  const chosen = readStored(STORED_AS)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

export function chooseTheme(choice: ThemeChoice): void {
  // A browser that keeps nothing still shows the choice until the page is closed.
  keepStored(STORED_AS, choice === 'system' ? undefined : choice)
  applyTheme(choice)
  for (const listener of listeners) listener()
}

export function applyTheme(choice: ThemeChoice = themeChoice()): void {
  if (choice === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
  // The bars of the system around the page are in the colours that the person chose, not in those of the device.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const ofDevice = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = BAR[choice === 'system' ? ofDevice : choice]
  }
}

/** Whether the page is dark right now: the map is drawn by hand and has to know. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const { theme } = document.documentElement.dataset
    return theme === undefined ? dark.matches : theme === 'dark'
  })
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  dark.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    dark.removeEventListener('change', listener)
  }
}
