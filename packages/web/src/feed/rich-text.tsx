import { useMemo } from 'react'
import { Link } from 'wouter'
import { personPath } from '../paths.ts'
import type { Facet } from '../views.ts'
import { segments } from './facets.ts'

interface RichTextProps {
  readonly text: string
  readonly facets?: readonly Facet[] | undefined
}

/** Text of people. It only ever becomes text nodes and links made here; direction follows the text's own letters. */
export function RichText({ text, facets }: RichTextProps) {
  const parts = useMemo(() => segments(text, facets), [text, facets])
  return (
    <p className="rich-text" dir="auto">
      {parts.map((part, index) => {
        switch (part.kind) {
          case 'text':
            return part.text
          case 'mention':
            return (
              <Link key={index} href={personPath(part.did)}>
                {part.text}
              </Link>
            )
          case 'link':
            return (
              <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
                {part.text}
              </a>
            )
          case 'tag':
            return (
              <span key={index} className="tag">
                {part.text}
              </span>
            )
        }
      })}
    </p>
  )
}
