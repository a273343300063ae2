import { t } from '../language/pages.ts'

interface Rule {
  readonly id: string
  readonly label: string
  readonly about: string
}

/** What to call a rule of the game: in the person's language where it is known, else as the server does. */
export function ruleWords({ id, label, about }: Rule): { readonly label: string; readonly about: string } {
  const { labels, abouts }: Readonly<Record<'labels' | 'abouts', Readonly<Record<string, string>>>> = t.rules
  return { label: labels[id] ?? label, about: abouts[id] ?? about }
}
