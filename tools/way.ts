/** The way of the data through the server. A stage may look left, never right. The linter and the tidy tests read this. */
export const WAY = ['wire', 'verify', 'log', 'project', 'query', 'view', 'serve'] as const

/** Which packages of ours a package may import. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  lexicon: [],
  places: [],
  engine: ['kernel'],
  gossip: ['kernel'],
  server: ['kernel', 'lexicon', 'places', 'gossip', 'engine'],
  sandbox: ['kernel', 'lexicon'],
  load: ['kernel', 'lexicon'],
  workbench: ['kernel', 'gossip', 'engine', 'server', 'load'],
  web: ['lexicon', 'places'],
}
