import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { signInPath } from '../paths.ts'
import { Empty } from '../ui/states.tsx'

interface SignInInviteProps {
  readonly title: string
  /** Where signing in leads back to. */
  readonly from: string
  /** Why. */
  readonly children?: ReactNode
}

/** In place of what only somebody who is signed in has. */
export function SignInInvite({ title, from, children }: SignInInviteProps) {
  return (
    <Empty
      title={title}
      action={
        <Link href={signInPath(from)} className="button button-main">
          {t.shell.signIn}
        </Link>
      }
    >
      {children}
    </Empty>
  )
}
