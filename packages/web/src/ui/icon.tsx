import type { IconNode } from 'lucide'
import { createElement, memo } from 'react'

interface IconProps {
  /** Its shapes, as the icon library lists them. */
  readonly of: IconNode
  /** In pixels, as wide as high. */
  readonly size?: number
  readonly strokeWidth?: number
  readonly isFilled?: boolean
  /** It points on or back: the other way where one reads from right to left. */
  readonly isDirected?: boolean
}

/** An icon in the colour of the text around it. What it means is said by words, so it is hidden from readers. */
export const Icon = memo(function Icon({ of, size = 24, strokeWidth = 2, isFilled = false, isDirected }: IconProps) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill={isFilled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
      data-directed={isDirected}
      aria-hidden="true"
    >
      {of.map(([tag, attributes], index) => createElement(tag, { key: index, ...attributes }))}
    </svg>
  )
})
