/** The ground's colours. The stylesheet's --map-water and --map-land are the same: the still map must not jump. */
export const COLOURS = {
  light: {
    water: '#d9e8ea',
    land: '#f6f4ea',
    coast: '#bcd3d5',
    border: '#d3cdb6',
    country: '#8d8a72',
    city: '#4d5a52',
    ocean: '#86a9ae',
    halo: '#f6f4ea',
    dot: '#8a9187',
  },
  dark: {
    water: '#0e1a1c',
    land: '#1b2826',
    coast: '#2c3f3e',
    border: '#34443f',
    country: '#71857d',
    city: '#a9b8af',
    ocean: '#3f5c5f',
    halo: '#1b2826',
    dot: '#7d8f87',
  },
} as const

/** MapLibre reads weight and slant from the first name of a stack, and draws with the first family that exists. */
export function font(variant: string): string[] {
  return [variant, 'Figtree Variable']
}
