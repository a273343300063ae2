/** What the sandbox's two processes say to each other: the parent that asked for a network, the child that runs it. */
export type ToChild =
  | {
      readonly kind: 'start'
      readonly folder: string
      readonly ports: { readonly pds: number | undefined; readonly plc: number | undefined }
      readonly serverUrl: string | undefined
    }
  | { readonly kind: 'announce'; readonly request: number; readonly serverUrl: string }
  | { readonly kind: 'stop' }

export type ToParent =
  | { readonly kind: 'ready'; readonly network: NetworkFacts }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'announced'; readonly request: number; readonly error?: string }

export interface NetworkFacts {
  readonly pdsUrl: string
  readonly plcUrl: string
  readonly serviceDid: string
  readonly lexiconDid: string
  readonly adminPassword: string
}
