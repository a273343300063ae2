import { readCar, writeCar, type LooseCar } from './car.ts'
import { bytes, field, readItem, setField, writeItem, type ArrayItem, type Item, type MapItem } from './item.ts'
import { renameLinks, reseal } from './reseal.ts'
import type { SigningKey } from '@waypost/load'

/** A `#commit` or `#sync` taken apart, to be changed in place and closed again. */
export interface OpenedFrame {
  readonly header: Item
  readonly body: MapItem
  readonly car: LooseCar
}

/** Of a frame that is well-formed; throws where it is not. */
export function openFrame(source: Uint8Array): OpenedFrame {
  const header = readItem(source)
  const body = readItem(source, header.end).item
  const blocks = field(body, 'blocks')
  if (body.kind !== 'map' || blocks?.kind !== 'bytes') throw new RangeError('no frame with blocks')
  return { header: header.item, body, car: readCar(blocks.bytes) }
}

/** The ops of a commit; an empty list where there are none. */
export function opsOf({ body }: OpenedFrame): ArrayItem {
  const ops = field(body, 'ops')
  return ops?.kind === 'array' ? ops : { kind: 'array', items: [] }
}

/** `key`: every hash and the signature are made anew, and the frame names what is there. */
export async function closeFrame(frame: OpenedFrame, key?: SigningKey): Promise<Buffer> {
  const { header, body, car } = frame
  if ((body as Item).kind !== 'map') return Buffer.concat([writeItem(header), writeItem(body)])
  if (key) renameLinks(body, await reseal(car, key))
  setField(body, 'blocks', bytes(writeCar(car)))
  return Buffer.concat([writeItem(header), writeItem(body)])
}
