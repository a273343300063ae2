import { Search } from 'lucide'
import { type RefObject, useId } from 'react'
import { Icon } from './icon.tsx'

interface SearchInputProps {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly onType: (text: string) => void
  readonly field?: RefObject<HTMLInputElement | null>
  readonly enterKeyHint?: 'search'
}

/** What a search is typed into: to stand in whatever has the class `search-field`. */
export function SearchInput({ label, placeholder = label, value, onType, field, enterKeyHint }: SearchInputProps) {
  const id = useId()
  return (
    <>
      <Icon of={Search} size={19} />
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <input
        ref={field}
        id={id}
        type="search"
        dir="auto"
        enterKeyHint={enterKeyHint}
        placeholder={placeholder}
        autoComplete="off"
        maxLength={128}
        value={value}
        onChange={(event) => onType(event.target.value)}
      />
    </>
  )
}
