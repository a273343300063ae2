import { locale } from './locale.ts'

/**
 * What writes dates, numbers and names as a language does; as it is spoken now, or `of` another. To make one takes a
 * phone as long as a hundred uses of it: each is made once.
 */
export const dateFormat = once((of, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(of, options))
export const numberFormat = once((of, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(of, options))
export const displayNames = once((of, options: Intl.DisplayNamesOptions) => new Intl.DisplayNames(of, options))
export const listFormat = once((of, options: Intl.ListFormatOptions) => new Intl.ListFormat(of, options))

/** `1,204`, `1.204`, as people of the locale write it. */
export function numeral(value: number, options: Intl.NumberFormatOptions = {}): string {
  return numberFormat(options).format(value)
}

function once<Options, Format>(make: (of: string, options: Options) => Format) {
  const made = new Map<string, Format>()
  return (options: Options, of = locale): Format => {
    const key = `${of} ${JSON.stringify(options)}`
    const format = made.get(key) ?? make(of, options)
    made.set(key, format)
    return format
  }
}
