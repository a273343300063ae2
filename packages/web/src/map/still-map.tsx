import { useId } from 'react'
import land from './generated/world.txt?raw'
import { type Box, type Camera, project, WORLD_PX } from './mercator.ts'

/** The path's own units across the world. */
const PATH_UNITS = 3_000

interface StillMapProps {
  readonly camera: Camera
  readonly box: Box
}

/** The world as one path: there at the first paint, and where no live map can be. */
export function StillMap({ camera, box }: StillMapProps) {
  const id = useId()
  const world = WORLD_PX * 2 ** camera.zoom
  const scale = world / PATH_UNITS
  const middle = project(camera.center)
  const left = box.width / 2 - middle.x * world
  const top = box.height / 2 - middle.y * world
  // The world goes on to both sides where the box reaches past its edges.
  const copies = [-1, 0, 1].filter((copy) => left + (copy + 1) * world > 0 && left + copy * world < box.width)
  return (
    <svg className="still-map" width={box.width} height={box.height} aria-hidden="true">
      <defs>
        <path id={id} d={land} />
      </defs>
      {copies.map((copy) => (
        <use key={copy} href={`#${id}`} transform={`translate(${left + copy * world} ${top}) scale(${scale})`} />
      ))}
    </svg>
  )
}
