import { setFlagsFromString } from 'node:v8'

/** With less memory V8's own ways, which cost time and keep it small, are the better ones. */
const MEMORY_BYTES_MIN = 4 * 2 ** 30

/**
 * Has V8 collect the whole heap when all that is held has trebled, and for no other reason. A server's heap is large and
 * lives long, and marking it takes most of a core for a quarter of a second, which every question of that time waits for
 * where no core is free. Of itself V8 does so also
 *
 * - when what is held outside of the heap, as pages that are answered again are, grew by 64 MB since the last time. Counted
 *   with the rest instead, it is still counted where it was let go of and not yet freed: without room for that, one
 *   collection followed the other until it was;
 * - eight seconds after a collection, in the hope of giving memory back.
 *
 * To be called before anything is allocated, with the memory that the process may take.
 */
export function collectSeldom(memoryBytes: number): void {
  if (memoryBytes < MEMORY_BYTES_MIN) return
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  setFlagsFromString('--heap-growing-percent=200')
  setFlagsFromString('--gc-memory-reducer-start-delay-ms=3600000')
}
