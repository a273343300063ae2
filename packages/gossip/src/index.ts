export { clockIdOf } from './clock-id.ts'
export type { Input, Moment, NodeId, Output, Send, Step } from './machine.ts'
export { stepBroadcast, type BroadcastCommand } from './broadcast/broadcast.ts'
export { readBroadcastMessage, type BroadcastFault, type BroadcastMessage } from './broadcast/message.ts'
export { PACES, type Pace, type PaceName } from './broadcast/pace.ts'
export { newBroadcast, type BroadcastOptions, type BroadcastState } from './broadcast/state.ts'
export { addDelta, joinSets, type GSet } from './crdt/g-set.ts'
export {
  forgetEnded,
  joinMaps,
  LIFE_MS_MAX,
  mayBeWritten,
  removeDelta,
  setDelta,
  valueAt,
  type LwwEntry,
  type LwwMap,
} from './crdt/lww-map.ts'
export { countDelta, countOf, joinCounters, type PnCounter, type Tally } from './crdt/pn-counter.ts'
export type { Health, Rumour } from './membership/member.ts'
export {
  newMembership,
  stepMembership,
  type MembershipCommand,
  type MembershipEvent,
  type MembershipState,
  type Timing,
} from './membership/membership.ts'
export { readMembershipMessage, type MembershipFault, type MembershipMessage } from './membership/message.ts'
export type { FrameFault } from './mesh/frame.ts'
export {
  healthOf,
  linked,
  newMesh,
  stepMesh,
  type CloseReason,
  type LinkId,
  type MeshEffect,
  type MeshInput,
  type MeshState,
} from './mesh/mesh.ts'
