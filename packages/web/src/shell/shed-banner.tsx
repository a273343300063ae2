import { Leaf } from 'lucide'
import { listFormat } from '../language/formats.ts'
import { t } from '../language/language.ts'
import { useServerInfo } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'

/** Says what the server leaves out for now, to stay within what its operator pays for. */
export function ShedBanner() {
  const names: Readonly<Record<string, string>> = t.shell.shedThings
  const left = (useServerInfo()?.shed ?? []).flatMap((name) => names[name] ?? [])
  return (
    <div role="status" className="offline" data-shown={left.length > 0 || undefined}>
      {left.length > 0 && (
        <>
          <Icon of={Leaf} size={17} />
          <span>{t.shell.shed(listFormat({}).format(left))}</span>
        </>
      )}
    </div>
  )
}
