import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'

interface ComboboxProps<Option> {
  readonly fieldId: string
  /** Names the list of what was found. */
  readonly listLabel: string
  readonly placeholder: string
  readonly typed: string
  readonly onTyped: (typed: string) => void
  readonly found: readonly Option[]
  readonly keyOf: (option: Option) => string
  readonly show: (option: Option) => ReactNode
  readonly onTake: (option: Option) => void
  /** Backspace in an empty field: gives back what was taken last. */
  readonly onBack?: () => void
  /** What was taken already, before the field. */
  readonly children?: ReactNode
}

/** A field after the ARIA pattern: arrows choose, Enter takes, Escape closes. */
export function Combobox<Option>(props: ComboboxProps<Option>) {
  const { fieldId, listLabel, placeholder, typed, onTyped, found, keyOf, show, onTake, onBack, children } = props
  const [active, setActive] = useState(0)
  const listId = useId()
  const idOf = (option: Option) => `${listId}-${keyOf(option)}`
  // The list opens below the field, where the button at the foot of a dialog may be in the way.
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    if (found.length > 0) list.current?.scrollIntoView({ block: 'nearest' })
  }, [found.length])
  const chosen = found[Math.min(active, found.length - 1)]

  const type = (next: string) => {
    onTyped(next)
    setActive(0)
  }
  const take = (option: Option) => {
    onTake(option)
    type('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Backspace' && typed === '' && onBack !== undefined) return onBack()
    if (found.length === 0) return
    if (event.key === 'ArrowDown') setActive((old) => Math.min(old + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setActive((old) => Math.max(old - 1, 0))
    else if (event.key === 'Enter' && chosen !== undefined) take(chosen)
    else if (event.key === 'Escape') type('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <>
      <div className="combobox">
        {children}
        <input
          id={fieldId}
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={chosen === undefined ? undefined : idOf(chosen)}
          autoComplete="off"
          placeholder={placeholder}
          value={typed}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul ref={list} id={listId} role="listbox" aria-label={listLabel} className="options" hidden={found.length === 0}>
        {found.map((option) => (
          <li
            key={keyOf(option)}
            id={idOf(option)}
            role="option"
            aria-selected={option === chosen}
            className="row"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(option)}
          >
            {show(option)}
          </li>
        ))}
      </ul>
    </>
  )
}
