export { ANSWER_VILLAINIES } from './answer-villainy.ts'
export { documentOf, startDocumentDirectory, type DocumentDirectory, type Identity } from './document-directory.ts'
export { startFakeHost, type FakeHost, type HostEvent, type Message } from './fake-host.ts'
export { FAULTS, spoiltFrame, type Fault } from './fault.ts'
export { accountFrame, commitFrame, errorFrame, identityFrame, infoFrame, syncFrame, type Stamp } from './frame.ts'
export { generatedDid, generatedEvents, generatePeople, type GeneratedPerson } from './generated.ts'
export { startHostileSocket, type HostileSocket } from './hostile-socket.ts'
export { replyTo, type Account, type Serving } from './host-endpoints.ts'
export { deriveSigningKey, type SigningKey } from './key.ts'
export { madeUpAnswers } from './made-up-answer.ts'
export { FLOOD_MESSAGES, MESSAGE_VILLAINIES, type MessageVillainy, type Resident } from './message-villainy.ts'
export {
  cidOf,
  createSignedRepo,
  type CommitOptions,
  type RepoState,
  type RepoWrite,
  type SignedCommit,
  type SignedOp,
  type SignedRepo,
} from './signed-repo.ts'
export {
  BREAKS_OFF,
  HANDSHAKE_VILLAINIES,
  saysWithoutEnd,
  STREAM_VILLAINIES,
  type Call,
  type SocketVillainy,
} from './socket-villainy.ts'
