/**
 * Cells of the Earth's surface as geohashes (Niemeyer, 2008) of six characters: 0.0110 degrees wide and 0.0055 high, at
 * most 1.2 by 0.6 km. Whoever asks for one says no more than that of where they are.
 */
const CELL_CHARACTERS = 6

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz'
const BITS_PER_CHARACTER = 5
/** Bits are dealt in turn to longitude and latitude, to each as many. */
const STEPS = 2 ** ((CELL_CHARACTERS * BITS_PER_CHARACTER) / 2)
const WIDTH_DEGREES = 360 / STEPS
const HEIGHT_DEGREES = 180 / STEPS

/** Degrees; places on the western and southern edges are in it, those on the eastern and northern are not. */
export interface CellBounds {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

/** Coarser and finer geohashes are none. */
export function isCell(text: string): boolean {
  return text.length === CELL_CHARACTERS && Array.from(text).every((character) => ALPHABET.includes(character))
}

/** The cell that a position is in (degrees, in range). At 180 degrees of longitude it is the one of -180. */
export function cellOf(latitude: number, longitude: number): string {
  return cellAt(columnOf(longitude), rowOf(latitude))
}

export function cellBounds(cell: string): CellBounds {
  let column = 0
  let row = 0
  for (const [at, character] of Array.from(cell).entries()) {
    for (let bit = BITS_PER_CHARACTER - 1; bit >= 0; bit--) {
      const value = (ALPHABET.indexOf(character) >> bit) & 1
      const isColumn = (at * BITS_PER_CHARACTER + BITS_PER_CHARACTER - 1 - bit) % 2 === 0
      if (isColumn) column = column * 2 + value
      else row = row * 2 + value
    }
  }
  const west = column * WIDTH_DEGREES - 180
  const south = row * HEIGHT_DEGREES - 90
  return { north: south + HEIGHT_DEGREES, south, east: west + WIDTH_DEGREES, west }
}

/** The cell of a position, then those that touch it: eight, at a pole five; across the date line, too. */
export function cellsAround(latitude: number, longitude: number): readonly string[] {
  const [column, row] = [columnOf(longitude), rowOf(latitude)]
  const steps = [0, -1, 1]
  return steps.flatMap((up) =>
    row + up < 0 || row + up >= STEPS ? [] : steps.map((right) => cellAt((column + right + STEPS) % STEPS, row + up)),
  )
}

function columnOf(longitude: number): number {
  return Math.floor((longitude + 180) / WIDTH_DEGREES) % STEPS
}

function rowOf(latitude: number): number {
  return Math.min(STEPS - 1, Math.floor((latitude + 90) / HEIGHT_DEGREES))
}

function cellAt(column: number, row: number): string {
  let text = ''
  for (let first = CELL_CHARACTERS * BITS_PER_CHARACTER - 1; first >= 0; first -= BITS_PER_CHARACTER) {
    let value = 0
    for (let bit = first; bit > first - BITS_PER_CHARACTER; bit--) {
      value = value * 2 + (((bit % 2 === 1 ? column : row) >> (bit >> 1)) & 1)
    }
    text += ALPHABET[value]
  }
  return text
}
