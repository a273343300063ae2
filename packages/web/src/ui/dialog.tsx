import { X } from 'lucide'
import { type MouseEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react'
import { t } from '../language/language.ts'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: string
  /** Drawn in place of the title, which still names the dialog. */
  readonly heading?: ReactNode
  readonly kind: 'sheet' | 'alert' | 'lightbox'
  readonly onClose: () => void
  readonly children: ReactNode
}

/**
 * The native modal dialog: it keeps the focus inside, gives it back when it closes, and closes on Escape. A sheet stands
 * at the bottom of a phone and in the middle of a wide screen.
 */
export function Dialog({ title, heading, kind, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  // In the layout phase, because only a dialog that is still in the page can give the focus back when it closes.
  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog !== null && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])

  // One dialog may go through several steps: each begins at its top, and is heard by its title.
  const spoken = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    ref.current?.scrollTo(0, 0)
    spoken.current?.focus({ preventScroll: true })
  }, [title])

  const closeOnBackdrop = (event: MouseEvent) => {
    if (event.target === ref.current) onClose()
  }

  return (
    // The backdrop is the dialog element itself; pressing it only repeats what Escape and the close button do.
    <dialog
      ref={ref}
      className={`dialog dialog-${kind}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={closeOnBackdrop}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2
            ref={spoken}
            id={titleId}
            className={heading === undefined ? 'dialog-title' : 'visually-hidden'}
            tabIndex={-1}
          >
            {title}
          </h2>
          {heading}
          <button type="button" className="icon-button dialog-close" aria-label={t.actions.close} onClick={onClose}>
            <Icon of={X} size={20} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
