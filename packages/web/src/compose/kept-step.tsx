import { t } from '../language/pages.ts'
import { Dialog } from '../ui/dialog.tsx'
import type { RecordPlace } from '../views.ts'
import { DoneHead } from './done-head.tsx'

interface KeptStepProps {
  readonly place: RecordPlace
  readonly onClose: () => void
}

/** The check-in is made, and waits on this device for a connection. */
export function KeptStep({ place, onClose }: KeptStepProps) {
  return (
    <Dialog title={t.compose.kept} kind="sheet" onClose={onClose} heading={<span className="dialog-title" />}>
      <div className="done">
        <DoneHead title={t.compose.kept} place={place} />
        <p className="done-note" role="status">
          {t.compose.keptWhat}
        </p>
        <div className="done-actions">
          <button type="button" className="button button-main button-wide button-tall" onClick={onClose}>
            {t.done.done}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
