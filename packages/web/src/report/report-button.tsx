import { Flag } from 'lucide'
import { type ComponentType, useState } from 'react'
import { Link } from 'wouter'
import { t } from '../language/pages.ts'
import { signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { say } from '../ui/toast.tsx'
import type { ReportDialogProps } from './report-dialog.tsx'
import type { Subject } from './subject.ts'
import { Icon } from '../ui/icon.tsx'

interface ReportButtonProps {
  readonly subject: Subject
  /** The path to come back to after signing in; without one, whoever is signed out sees no button. */
  readonly back?: string
  readonly className: string
}

/** Opens the dialog, which is loaded then: few ever need it. */
export function ReportButton({ subject, back, className }: ReportButtonProps) {
  const { status } = useSession()
  const [Shown, setShown] = useState<ComponentType<ReportDialogProps>>()
  const label = subject.kind === 'place' ? t.report.place : t.report.other
  const words = (
    <>
      <Icon of={Flag} size={18} strokeWidth={1.9} />
      <span>{label}</span>
    </>
  )
  if (status !== 'signed-in') {
    return status === 'signed-out' && back !== undefined ? (
      <Link href={signInPath(back)} className={className}>
        {words}
      </Link>
    ) : null
  }
  const open = async () => {
    try {
      const { ReportDialog } = await import('./report-dialog.tsx')
      setShown(() => ReportDialog)
    } catch {
      say(t.states.pageMissingWhy)
    }
  }
  return (
    <>
      <button type="button" className={className} aria-haspopup="dialog" onClick={() => void open()}>
        {words}
      </button>
      {Shown !== undefined && <Shown subject={subject} title={label} onClose={() => setShown(undefined)} />}
    </>
  )
}
