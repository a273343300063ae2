/** Of a keyboard, as events name them. */
const KEYS = new Set(['Enter', 'Escape', 'Backspace', 'Tab', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'])
/** The product, other networks, and what GeoJSON and the browser call things. */
const NAMES = new Set(['Waypost', 'Anchor', 'BeaconBits', 'Point', 'Feature', 'FeatureCollection', 'Notification'])
const TYPEFACES = new Set(['Figtree Variable', 'Regular', 'Italic', 'Regular Italic'])

/**
 * String literals in the client's code that look like words for people. In: TypeScript; out: the literals. What stands
 * in the text and the attributes of JSX is the linter's to find; this finds what is chosen between, or said by a call.
 */
export function literalWords(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|new ApiError\([^)]*\)|new Error\([^)]*\)/g, '')
  return [...code.matchAll(/(['"`])([A-Z][a-z’]+(?:[ .…,!?:][^'"`\n]*)?)\1/g)]
    .map((match) => match[2]!)
    .filter((words) => !KEYS.has(words) && !NAMES.has(words) && !TYPEFACES.has(words))
}
