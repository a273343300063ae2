/// <reference types="vite/client" />

/** The small build of exifr has no types of its own. */
declare module 'exifr/dist/mini.esm.mjs' {
  export function gps(file: Blob): Promise<{ latitude: number; longitude: number } | undefined>
}
