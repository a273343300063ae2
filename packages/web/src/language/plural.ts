import { numeral } from './formats.ts'

/** The forms of a word, one for each category of a language. */
type Forms<Category extends Intl.LDMLPluralRule> = Readonly<Record<Category, string>>

export interface Plural<Category extends Intl.LDMLPluralRule> {
  readonly categories: readonly Category[]
  /** `1 comment`, `1,204 comments`. */
  counted(count: number, forms: Forms<Category>): string
  /** The form alone, without the number. */
  formOf(count: number, forms: Forms<Category>): string
}

/** Plurals after CLDR. `categories`: all that the language has, so that a word without one of them is no valid word. */
export function pluralsOf<Category extends Intl.LDMLPluralRule>(
  language: string,
  ...categories: readonly Category[]
): Plural<Category> {
  const rules = new Intl.PluralRules(language)
  const formOf = (count: number, forms: Forms<Category>) => forms[rules.select(count) as Category]
  return { categories, formOf, counted: (count, forms) => `${numeral(count)} ${formOf(count, forms)}` }
}
