import { Fragment, type ReactNode } from 'react'
import { listFormat } from './formats.ts'

/** `A, B and C` of parts of the page, joined as the language joins a list. */
export function Listed({ parts }: { readonly parts: readonly ReactNode[] }) {
  const places = parts.map((_, at) => String(at))
  return listFormat({})
    .formatToParts(places)
    .map(({ type, value }, at) => <Fragment key={at}>{type === 'element' ? parts[Number(value)] : value}</Fragment>)
}
