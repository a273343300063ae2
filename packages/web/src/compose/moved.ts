/** The same items with one of them further on, or further back, as far as there is room. */
export function moved<Item extends { readonly id: string }>(
  items: readonly Item[],
  id: string,
  by: number,
): readonly Item[] {
  const from = items.findIndex((item) => item.id === id)
  const item = items[from]
  if (item === undefined) return items
  return items.toSpliced(from, 1).toSpliced(Math.max(0, from + by), 0, item)
}
