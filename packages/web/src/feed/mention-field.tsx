import { type KeyboardEvent, type TextareaHTMLAttributes, useId, useLayoutEffect, useRef, useState } from 'react'
import { t } from '../language/pages.ts'
import { Avatar } from '../ui/avatar.tsx'
import { handleOf, nameOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import type { ProfileViewBasic } from '../views.ts'
import { useFoundPeople } from './find-typed.ts'
import { typingAt, withMention } from './mention.ts'

interface MentionFieldProps extends Omit<
  TextareaHTMLAttributes<HTMLTextAreaElement>,
  'onChange' | 'onSelect' | 'value'
> {
  readonly value: string
  /** `mentioned`: who was just taken into the text. */
  readonly onText: (text: string, mentioned?: ProfileViewBasic) => void
}

const SHOWN_MAX = 4
const HANDLE_INVALID = 'handle.invalid'

/** A text in which an @ finds people: arrows choose, Enter or Tab takes, Escape leaves it as it is typed. */
export function MentionField({ value, onText, onKeyDown, ...rest }: MentionFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [caret, setCaret] = useState(0)
  const [active, setActive] = useState(0)
  const [closed, setClosed] = useState<number>()
  const moveTo = useRef<number>(undefined)
  const listId = useId()
  const typing = typingAt(value, caret)
  const isOpen = typing !== undefined && typing.start !== closed
  const found = useFoundPeople(isOpen ? typing.name : '')
    .filter(({ handle }) => handle !== HANDLE_INVALID)
    .slice(0, SHOWN_MAX)
  const chosen = found[Math.min(active, found.length - 1)]
  const idOf = ({ did }: ProfileViewBasic) => `${listId}-${did}`

  useLayoutEffect(() => {
    const to = moveTo.current
    if (to === undefined) return
    moveTo.current = undefined
    field.current?.setSelectionRange(to, to)
    setCaret(to)
  }, [value])

  const take = (person: ProfileViewBasic) => {
    if (typing === undefined) return
    const next = withMention(value, typing, person.handle)
    moveTo.current = next.caret
    setActive(0)
    onText(next.text, person)
    field.current?.focus()
  }
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (chosen === undefined) return onKeyDown?.(event)
    if (event.key === 'ArrowDown') setActive(Math.min(active + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0))
    else if (event.key === 'Enter' || event.key === 'Tab') take(chosen)
    else if (event.key === 'Escape') setClosed(typing?.start)
    else return onKeyDown?.(event)
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <>
      <textarea
        {...rest}
        ref={field}
        dir="auto"
        value={value}
        aria-autocomplete="list"
        aria-controls={listId}
        aria-activedescendant={chosen === undefined ? undefined : idOf(chosen)}
        onChange={({ target }) => {
          setCaret(target.selectionEnd)
          setActive(0)
          onText(target.value)
        }}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionEnd)}
        onKeyDown={press}
      />
      <ul id={listId} role="listbox" aria-label={t.mention.people} className="options" hidden={found.length === 0}>
        {found.map((person) => (
          <li
            key={person.did}
            id={idOf(person)}
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
      <span className="visually-hidden" role="status">
        {found.length > 0 && t.mention.found(found.length)}
      </span>
    </>
  )
}
