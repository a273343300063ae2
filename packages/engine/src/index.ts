export { openEmbeddedEngine, type EmbeddedOptions } from './embedded/engine.ts'
export { openMemoryEngine } from './memory/engine.ts'
export { BODY_BYTES_MAX, READ_BYTES_MAX } from './port.ts'
export type { Blobs, Engine, Entry, Held, KeyValue, Log, NewEntry, Position } from './port.ts'
