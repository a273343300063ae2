import type { AddressForm } from '../ui/use-address.ts'

export interface PersonAddress {
  /** Undefined: all of them. */
  readonly year: number | undefined
}

/** `?year=2024`. */
export const personAddress: AddressForm<PersonAddress> = {
  read(search) {
    const year = search.get('year') ?? ''
    return { year: /^[1-9]\d{0,3}$/.test(year) ? Number(year) : undefined }
  },
  write: ({ year }) => ({ year: year === undefined ? undefined : String(year) }),
}
