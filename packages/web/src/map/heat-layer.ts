import type { ExpressionSpecification, GeoJSONSource, Map as GlMap } from 'maplibre-gl'
import { HEAT_RADIUS_PX, type HeatPoint, heatOf, intensityAt } from './heat.ts'

/** Pine where somebody was at all, the signpost's yellow where they were most. */
const COLOURS: Readonly<Record<'light' | 'dark', readonly (readonly [density: number, colour: string])[]>> = {
  light: [
    [0, 'rgba(13,92,72,0)'],
    [0.12, 'rgba(13,92,72,0.5)'],
    [0.4, 'rgba(13,92,72,0.85)'],
    [0.75, 'rgba(214,150,30,0.92)'],
    [1, '#ffd54f'],
  ],
  dark: [
    [0, 'rgba(120,225,180,0)'],
    [0.12, 'rgba(120,225,180,0.35)'],
    [0.4, 'rgba(120,225,180,0.7)'],
    [0.75, 'rgba(230,190,80,0.9)'],
    [1, '#ffe27a'],
  ],
}
/** Between these the intensity is interpolated. */
const ZOOMS = [0, 2, 4, 6, 8, 10, 12, 14, 16]
const ID = 'heat'
/** Names are read above the heat. */
const BENEATH = 'oceans'

/** Draws where somebody was as heat, or nothing. The style must be loaded. */
export function drawHeat(map: GlMap, points: readonly HeatPoint[] | undefined, isDark: boolean): void {
  const source = map.getSource<GeoJSONSource>(ID)
  const data = {
    type: 'FeatureCollection' as const,
    features: (points ?? []).map(({ lng, lat, count }) => ({
      type: 'Feature' as const,
      properties: { heat: heatOf(count) },
      geometry: { type: 'Point' as const, coordinates: [lng, lat] },
    })),
  }
  if (source !== undefined) void source.setData(data)
  else if (points === undefined) return
  else {
    map.addSource(ID, { type: 'geojson', data })
    const paint = { 'heatmap-weight': ['get', 'heat'] as ExpressionSpecification, 'heatmap-radius': HEAT_RADIUS_PX }
    map.addLayer(
      { id: ID, type: 'heatmap', source: ID, paint },
      map.getLayer(BENEATH) === undefined ? undefined : BENEATH,
    )
  }
  const intensities = ZOOMS.flatMap((zoom) => [zoom, intensityAt(points ?? [], zoom)])
  map.setPaintProperty(ID, 'heatmap-intensity', ['interpolate', ['linear'], ['zoom'], ...intensities])
  const colours = COLOURS[isDark ? 'dark' : 'light'].flat()
  map.setPaintProperty(ID, 'heatmap-color', ['interpolate', ['linear'], ['heatmap-density'], ...colours])
}
