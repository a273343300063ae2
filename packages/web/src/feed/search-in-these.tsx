import { Search } from 'lucide'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { searchCheckinsPath } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'

/** From a page's check-ins to the search over them. `preset`: of whom, where, or in which part of the map. */
export function SearchInThese({ preset }: { readonly preset: Readonly<Record<string, string>> }) {
  return (
    <Link href={searchCheckinsPath(preset)} className="button button-quiet button-small">
      <Icon of={Search} size={15} />
      {t.filters.searchInThese}
    </Link>
  )
}
