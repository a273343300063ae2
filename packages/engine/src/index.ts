export type { Blobs, Engine, Entry, Held, KeyValue, Log, NewEntry, Position } from './port.ts'
