import { useCallback, useEffect, useState } from 'react'

/** How a page keeps its state in the part of its address after the question mark. */
export interface AddressForm<State> {
  read(search: URLSearchParams): State
  /** Undefined and empty values are left out. */
  write(state: State): Readonly<Record<string, string | undefined>>
}

/** What becomes different, by itself or from what is there by then. */
type Change<State> = Partial<State> | ((old: State) => Partial<State>)

/** State that stands in the address, so that it can be shared, gone back to and reloaded. `form` must not change. */
export function useAddress<State>(form: AddressForm<State>): [State, (change: Change<State>) => void] {
  const [state, setState] = useState(() => form.read(new URLSearchParams(location.search)))
  useEffect(() => {
    const given = Object.entries(form.write(state)).filter(([, value]) => value !== undefined && value !== '')
    const search = new URLSearchParams(given as [string, string][])
    // Coordinates and place ids read better with these as they are.
    const text = search.size === 0 ? '' : `?${search}`.replaceAll('%2C', ',').replaceAll('%3A', ':')
    if (text !== location.search) history.replaceState(history.state, '', `${location.pathname}${text}`)
  }, [form, state])
  const change = useCallback(
    (part: Change<State>) => setState((old) => ({ ...old, ...(typeof part === 'function' ? part(old) : part) })),
    [],
  )
  return [state, change]
}
