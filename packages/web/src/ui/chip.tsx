import { X } from 'lucide-react'
import type { ReactNode } from 'react'

interface ChipProps {
  readonly name: string
  readonly onRemove: () => void
  /** A picture before the name. */
  readonly children?: ReactNode
}

/** Something chosen, which can be taken away again. */
export function Chip({ name, onRemove, children }: ChipProps) {
  return (
    <span className="chip">
      {children}
      <bdi>{name}</bdi>
      <button type="button" aria-label={`Remove ${name}`} onClick={onRemove}>
        <X size={14} aria-hidden="true" />
      </button>
    </span>
  )
}
