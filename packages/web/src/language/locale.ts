/** How numbers, dates, lists and countries are written: the language of the page, in the person's own region. */
export let locale = 'en-GB'

export function setLocale(next: string): void {
  locale = next
}

/** `1,204`, `1.204`, as people of the locale write it. */
export function numeral(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale, options).format(value)
}
