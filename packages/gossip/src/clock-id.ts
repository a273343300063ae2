import { assert } from '@waypost/kernel'
import { byId, type NodeId } from './machine.ts'

/** As many as a TID's ten bits can tell apart. */
const CLOCKS_MAX = 1_024

/**
 * The clock id with which a node makes TIDs: its place among all nodes, so that no two can make the same one. All have to
 * be told of the same nodes.
 */
export function clockIdOf(self: NodeId, members: readonly NodeId[]): number {
  const place = [...new Set(members)].toSorted(byId).indexOf(self)
  assert(place >= 0, 'a node is one of the nodes')
  assert(place < CLOCKS_MAX, 'a TID tells 1,024 clocks apart')
  return place
}
