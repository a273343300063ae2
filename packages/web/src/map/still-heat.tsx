import type { CSSProperties } from 'react'
import { type HeatPoint, gatherHeat } from './heat.ts'
import { type Box, type Camera, toPixels } from './mercator.ts'

const CELL_PX = 9
const RADIUS_PX_MIN = 3.5
const RADIUS_PX_MAX = 11

interface StillHeatProps {
  readonly points: readonly HeatPoint[]
  readonly camera: Camera
  readonly box: Box
}

/** Where somebody was, as dots that grow and take colour where they were more often: the heat of the still map. */
export function StillHeat({ points, camera, box }: StillHeatProps) {
  const spots = gatherHeat(points, camera.zoom, CELL_PX)
  const hottest = Math.max(1, ...spots.map(({ heat }) => heat))
  return (
    <svg className="still-heat" width={box.width} height={box.height} aria-hidden="true">
      {spots
        .toSorted((a, b) => a.heat - b.heat)
        .map(({ lng, lat, heat }) => {
          const { x, y } = toPixels({ lng, lat }, camera, box)
          const share = heat / hottest
          const radius = RADIUS_PX_MIN + (RADIUS_PX_MAX - RADIUS_PX_MIN) * Math.sqrt(share)
          const style = { '--heat': `${Math.round(share * 100)}%` } as CSSProperties
          return <circle key={`${lng},${lat}`} cx={x} cy={y} r={radius} style={style} />
        })}
    </svg>
  )
}
