import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { ask } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useSettled } from '../ui/media.ts'
import { handleOf, nameOf } from '../ui/names.ts'
import type { ProfileViewBasic } from '../views.ts'
import { COMPANIONS_MAX } from './draft.ts'
import { RowLines } from '../ui/row-lines.tsx'

interface CompanionsFieldProps {
  readonly companions: readonly ProfileViewBasic[]
  readonly onCompanions: (companions: readonly ProfileViewBasic[]) => void
}

const TYPING_MS = 200

/** A combobox after the ARIA pattern: arrows choose, Enter takes, Escape closes, Backspace gives the last one back. */
export function CompanionsField({ companions, onCompanions }: CompanionsFieldProps) {
  const { actor } = useSession()
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const fieldId = useId()
  const listId = useId()
  const q = useSettled(typed.trim().replace(/^@/, ''), TYPING_MS)
  const { data } = useQuery({
    queryKey: ['search', 'people', q],
    queryFn: ({ signal }) => ask('app.waypost.actor.searchActors', { q, limit: 8 }, signal),
    placeholderData: keepPreviousData,
    enabled: q !== '',
  })
  const taken = new Set([actor?.did, ...companions.map(({ did }) => did)])
  const found = q === '' || typed === '' ? [] : (data?.actors ?? []).filter(({ did }) => !taken.has(did)).slice(0, 5)
  // The list opens below the field, where the button at the foot of the dialog may be in the way.
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    if (found.length > 0) list.current?.scrollIntoView({ block: 'nearest' })
  }, [found.length])
  const chosen = found[Math.min(active, found.length - 1)]

  const take = (person: ProfileViewBasic) => {
    onCompanions([...companions, person])
    setTyped('')
    setActive(0)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Backspace' && typed === '' && companions.length > 0) return onCompanions(companions.slice(0, -1))
    if (found.length === 0) return
    if (event.key === 'ArrowDown') setActive((old) => Math.min(old + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setActive((old) => Math.max(old - 1, 0))
    else if (event.key === 'Enter' && chosen !== undefined) take(chosen)
    else if (event.key === 'Escape') setTyped('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="field-group">
      <label htmlFor={fieldId} className="field-label">
        Who you are with <span className="optional">optional</span>
      </label>
      <div className="companions-field">
        {companions.map((person) => (
          <span key={person.did} className="chip">
            <Avatar person={person} size="xs" />
            <bdi>{nameOf(person)}</bdi>
            <button
              type="button"
              aria-label={`Remove ${nameOf(person)}`}
              onClick={() => onCompanions(companions.filter(({ did }) => did !== person.did))}
            >
              <X size={14} aria-hidden="true" />
            </button>
          </span>
        ))}
        {companions.length < COMPANIONS_MAX && (
          <input
            id={fieldId}
            role="combobox"
            aria-expanded={found.length > 0}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={chosen === undefined ? undefined : `${listId}-${chosen.did}`}
            autoComplete="off"
            placeholder={companions.length === 0 ? 'Name or handle' : ''}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value)
              setActive(0)
            }}
            onKeyDown={onKeyDown}
          />
        )}
      </div>
      <ul
        ref={list}
        id={listId}
        role="listbox"
        aria-label="People found"
        className="options"
        hidden={found.length === 0}
      >
        {found.map((person) => (
          <li
            key={person.did}
            id={`${listId}-${person.did}`}
            role="option"
            aria-selected={person === chosen}
            className="row"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(person)}
          >
            <Avatar person={person} size="s" />
            <RowLines title={nameOf(person)} note={handleOf(person)} />
          </li>
        ))}
      </ul>
    </div>
  )
}
