import { assert, type Random } from '@waypost/kernel'
import { roll } from '../time/dice.ts'
import { apply, keyOf, type Service, type Written } from './key-value.ts'

const REPLICAS = 2
const NOT_SUPPORTED = 10

interface Stamped extends Written {
  /** Lamport's time. */
  readonly stamp: number
}

/**
 * Replicas that agree in the end, the last writer winning. Before each request one random replica is merged into another;
 * then a random one answers. Of two writes with one stamp the merged one wins.
 */
export function lwwKv(random: Random): Service {
  const replicas = Array.from({ length: REPLICAS }, () => ({ clock: 0, values: new Map<string, Stamped>() }))

  function merge(from: number, into: number): void {
    const [source, target] = [replicas[from], replicas[into]]
    assert(source && target, 'replicas are numbered')
    target.clock = Math.max(target.clock, source.clock)
    for (const [key, theirs] of source.values) {
      const own = target.values.get(key)
      if (!own || theirs.stamp >= own.stamp) target.values.set(key, theirs)
    }
  }

  return (request) => {
    merge(roll(random, REPLICAS), roll(random, REPLICAS))
    if (request['create_if_not_exists'] !== undefined && request.type === 'cas') {
      return { type: 'error', code: NOT_SUPPORTED, text: 'lww-kv does not know create_if_not_exists' }
    }
    const replica = replicas[roll(random, REPLICAS)]!
    const key = keyOf(request['key'])
    const effect = apply(request, replica.values.get(key))
    if (effect?.written) replica.values.set(key, { value: effect.written.value, stamp: ++replica.clock })
    return effect?.answer
  }
}
