/** What pages and their worker say to each other. */

/** Take over from the old version. */
export const TAKE_OVER = 'take-over'
/** Somebody is about to drop a pin, here or where there is no connection. */
export const KEEP_MAP = 'keep-map'
/** The tag of a background sync: send what waits. */
export const OUTBOX_TAG = 'waypost-outbox'
