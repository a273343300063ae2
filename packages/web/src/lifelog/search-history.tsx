import { type SubmitEvent, useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { t } from '../language/pages.ts'
import { searchCheckinsPath } from '../paths.ts'
import { SearchInput } from '../ui/search-input.tsx'

/** From one's own page into the search over what one told: words here; places, days and areas there. */
export function SearchHistory({ person }: { readonly person: string }) {
  const [typed, setTyped] = useState('')
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const q = typed.trim()
    navigate(searchCheckinsPath({ person, ...(q !== '' && { q }) }))
  }
  return (
    <form role="search" className="search-field" onSubmit={submit}>
      <SearchInput label={t.lifelog.search} value={typed} onType={setTyped} enterKeyHint="search" />
    </form>
  )
}
