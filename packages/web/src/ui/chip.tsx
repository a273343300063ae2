import { X } from 'lucide'
import type { ReactNode } from 'react'
import { t } from '../language/language.ts'
import { Icon } from './icon.tsx'

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
      <button type="button" aria-label={t.actions.remove(name)} onClick={onRemove}>
        <Icon of={X} size={14} />
      </button>
    </span>
  )
}
