import { Search } from 'lucide-react'
import { Link } from 'wouter'
import { searchCheckinsPath } from '../paths.ts'

/** From a page's check-ins to the search over them. `preset`: of whom, where, or in which part of the map. */
export function SearchInThese({ preset }: { readonly preset: Readonly<Record<string, string>> }) {
  return (
    <Link href={searchCheckinsPath(preset)} className="button button-quiet button-small">
      <Search size={15} aria-hidden="true" />
      Search in these
    </Link>
  )
}
