import { type Dice, diceFrom } from './brush.ts'
import { type Drawing, renderPhoto } from './draw.ts'
import {
  archBridge,
  cableBridge,
  canalHouses,
  ironTower,
  lanternQuarter,
  spheres,
  stationHall,
  statueBridge,
} from './scenes-city.ts'
import {
  auroraChurch,
  balloonPyramid,
  blueGarden,
  gatePath,
  harbourShells,
  kiteField,
  lakeMountain,
  lightTrees,
  stoneArch,
  wavePromenade,
} from './scenes-nature.ts'

const scenes = {
  archBridge,
  auroraChurch,
  balloonPyramid,
  blueGarden,
  cableBridge,
  canalHouses,
  gatePath,
  harbourShells,
  ironTower,
  kiteField,
  lakeMountain,
  lanternQuarter,
  lightTrees,
  spheres,
  stationHall,
  statueBridge,
  stoneArch,
  wavePromenade,
} satisfies Record<string, (dice: Dice) => Drawing>

export type SceneName = keyof typeof scenes

export const sceneNames = Object.keys(scenes) as readonly SceneName[]

/** A poster as JPEG with its size in pixels; the same each time. */
export async function paintScene(
  name: SceneName,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; width: number; height: number }> {
  const seed = sceneNames.indexOf(name) + 7
  const drawing = scenes[name](diceFrom(seed))
  return { bytes: await renderPhoto(drawing, seed), width: drawing.width, height: drawing.height }
}
