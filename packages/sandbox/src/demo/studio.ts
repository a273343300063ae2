import { fork } from 'node:child_process'
import type { Look } from './portrait.ts'
import type { SceneName } from './scenes.ts'

const PAINTER = new URL('./painter.ts', import.meta.url)

export type Commission =
  | { readonly request: number; readonly kind: 'scene'; readonly scene: SceneName }
  | { readonly request: number; readonly kind: 'portrait'; readonly look: Look }

export type Painting =
  | { readonly request: number; readonly bytes: Uint8Array; readonly width: number; readonly height: number }
  | { readonly request: number; readonly error: string }

/** A finished picture; sizes in pixels. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly width: number
  readonly height: number
}

/** Paints in a process of its own, in the order asked for, while the caller does something else. */
export interface Studio extends Disposable {
  /** JPEG. */
  scene(name: SceneName): Promise<Picture>
  /** PNG. */
  portrait(look: Look): Promise<Picture>
}

export function openStudio(): Studio {
  const painter = fork(PAINTER, {
    serialization: 'advanced',
    execArgv: ['--optimize-for-size'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, PromiseWithResolvers<Picture>>()
  let requests = 0

  painter.on('message', (painting: Painting) => {
    const { resolve, reject } = waiting.get(painting.request)!
    waiting.delete(painting.request)
    if ('error' in painting) reject(new Error(`a picture failed: ${painting.error}`))
    else resolve({ ...painting, bytes: new Uint8Array(painting.bytes) })
  })
  painter.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the painter ended with code ${code}`))
    waiting.clear()
  })

  function commission(work: { kind: 'scene'; scene: SceneName } | { kind: 'portrait'; look: Look }): Promise<Picture> {
    const request = ++requests
    const order = Promise.withResolvers<Picture>()
    waiting.set(request, order)
    painter.send({ request, ...work } satisfies Commission)
    // Whoever asked hears of a failure when they come for the picture; until then it is not unhandled.
    order.promise.catch(() => undefined)
    return order.promise
  }

  return {
    scene: (scene) => commission({ kind: 'scene', scene }),
    portrait: (look) => commission({ kind: 'portrait', look }),
    [Symbol.dispose]: () => void painter.kill(),
  }
}
