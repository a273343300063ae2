/** How numbers, dates, lists and countries are written: the language of the page, in the person's own region. */
export let locale = 'en-GB'

export function setLocale(next: string): void {
  locale = next
}
