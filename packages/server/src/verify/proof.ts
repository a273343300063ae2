import type { EventBody, VerifiedEvent } from '#verify/event.ts'

/** Marks what was proved. For the files of this folder alone, and there only after the last check. */
export function proved<Body extends EventBody>(body: Body): Body & VerifiedEvent {
  return body as Body & VerifiedEvent
}
