import { useId, useState } from 'react'
import { useFoundPeople } from '../feed/find-typed.ts'
import { t } from '../language/pages.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Combobox } from '../ui/combobox.tsx'
import { handleOf, nameOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import type { ProfileViewBasic } from '../views.ts'
import { COMPANIONS_MAX } from './draft.ts'

interface CompanionsFieldProps {
  readonly companions: readonly ProfileViewBasic[]
  readonly onCompanions: (companions: readonly ProfileViewBasic[]) => void
}

const SHOWN_MAX = 5

/** People whom one is with: found as one types, each a chip once taken. */
export function CompanionsField({ companions, onCompanions }: CompanionsFieldProps) {
  const { actor } = useSession()
  const [typed, setTyped] = useState('')
  const fieldId = useId()
  const taken = new Set([actor?.did, ...companions.map(({ did }) => did)])
  const found = useFoundPeople(typed)
    .filter(({ did }) => !taken.has(did))
    .slice(0, SHOWN_MAX)
  const chips = companions.map((person) => (
    <Chip
      key={person.did}
      name={nameOf(person)}
      onRemove={() => onCompanions(companions.filter(({ did }) => did !== person.did))}
    >
      <Avatar person={person} size="xs" />
    </Chip>
  ))
  return (
    <div className="field-group">
      <label htmlFor={fieldId} className="field-label">
        {t.compose.companions} <span className="optional">{t.actions.optional}</span>
      </label>
      {companions.length >= COMPANIONS_MAX ? (
        <div className="combobox">{chips}</div>
      ) : (
        <Combobox
          fieldId={fieldId}
          listLabel={t.compose.peopleFound}
          placeholder={companions.length === 0 ? t.compose.nameOrHandle : ''}
          typed={typed}
          onTyped={setTyped}
          found={found}
          keyOf={({ did }) => did}
          show={(person) => (
            <>
              <Avatar person={person} size="s" />
              <RowLines title={nameOf(person)} note={handleOf(person)} />
            </>
          )}
          onTake={(person) => onCompanions([...companions, person])}
          onBack={() => onCompanions(companions.slice(0, -1))}
        >
          {chips}
        </Combobox>
      )}
    </div>
  )
}
