/** A signpost with two arms: the mark of Waypost. */
export function Mark({ size = 34 }: { readonly size?: number }) {
  return (
    <svg className="mark" viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <rect className="mark-ground" width="64" height="64" rx="17" />
      <rect className="mark-post" x="28.500" y="9" width="7" height="47" rx="3.500" />
      <path
        className="mark-post"
        d="M16.500 15h28a3.500 3.500 0 0 1 2.600 1.200l4.600 5.300a2.300 2.300 0 0 1 0 3l-4.600 5.300a3.500 3.500 0 0 1-2.600 1.200h-28a3.500 3.500 0 0 1-3.500-3.500v-9a3.500 3.500 0 0 1 3.500-3.500z"
      />
      <path
        className="mark-post"
        d="M46.500 35.500h-21a3.500 3.500 0 0 0-2.600 1.200l-3.600 4.100a2.300 2.300 0 0 0 0 3l3.600 4.100a3.500 3.500 0 0 0 2.600 1.200h21a3.500 3.500 0 0 0 3.500-3.500v-6.600a3.500 3.500 0 0 0-3.500-3.500z"
      />
      <circle className="mark-ground" cx="22" cy="23" r="2.900" />
    </svg>
  )
}

export function Logo() {
  return (
    <span className="logo">
      <Mark />
      <span className="logo-word">Waypost</span>
    </span>
  )
}
