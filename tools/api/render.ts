/**
 * The lexicons as a page for people who call the API. In: the documents under `lexicons/`, and examples. Out: Markdown.
 * Pure: the same documents give the same page.
 */
import { anchorOf } from '../docs/markdown.ts'

export interface Field {
  readonly type: string
  readonly description?: string
  readonly ref?: string
  readonly refs?: readonly string[]
  readonly items?: Field
  readonly format?: string
  readonly enum?: readonly string[]
  readonly knownValues?: readonly string[]
  readonly const?: unknown
  readonly default?: string | number | boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxGraphemes?: number
  readonly accept?: readonly string[]
  readonly maxSize?: number
  readonly properties?: Readonly<Record<string, Field>>
  readonly required?: readonly string[]
}

interface Body {
  readonly encoding?: string
  readonly schema?: Field
}

export interface Definition extends Field {
  readonly key?: string
  readonly record?: Field
  readonly parameters?: Field
  readonly input?: Body
  readonly output?: Body
  readonly message?: Body
  readonly errors?: readonly { readonly name: string; readonly description?: string }[]
}

export interface Lexicon {
  readonly id: string
  readonly defs: Readonly<Record<string, Definition>>
}

/** What is shown of an endpoint, besides what its lexicon says. */
export interface Example {
  readonly nsid: string
  /** The lines of an HTTP request. */
  readonly request: string
  readonly answer?: unknown
}

const INTRODUCTION = `<!-- Made by npm run generate from lexicons/ and the examples of packages/server: change those. -->

# API

Every endpoint of \`app.waypost.*\`, made from the lexicons that the server itself checks questions and answers by. It is
[XRPC](https://atproto.com/specs/xrpc): a query is \`GET /xrpc/NAME?parameters\`, a procedure \`POST /xrpc/NAME\` with JSON.

- **Reading needs no sign-in**, but for what is somebody's own. Whoever signs in sees what those whom they blocked, or who
  blocked them, don't: through their PDS (\`atproto-proxy: did:web:HOST#waypost\`), which sends a service token for one
  endpoint in \`Authorization\`; on our own pages, with the cookie.
- **Writing is done in the person's own repository.** Another app writes [records](#records) by itself, to the person's
  PDS, and Waypost shows them once the firehose brings them. Procedures are what our own pages use, with a cookie and from
  the server's own origin: they do the same, and wait until the read model shows it.
- **Lists go on by a cursor**, which is opaque. It is absent on the last page.
- **What goes wrong** is \`{ "error": NAME, "message": … }\`: beside the names below \`InvalidRequest\` (400: a parameter or a body
  breaks its lexicon), \`RateLimitExceeded\` (429), \`MethodNotImplemented\` (501) and \`InternalServerError\` (500).
- **Coordinates are decimal strings**, since records have no floating-point numbers. Times are ISO 8601.

The examples are asked of a server with a small story in it, by a test, as they stand here. \`$BEN\` is a service token of
ben.example.
`

/** `lexicons` in any order. */
export function renderApi(lexicons: readonly Lexicon[], examples: readonly Example[]): string {
  const sorted = lexicons.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const known = new Set(sorted.flatMap(({ id, defs }) => Object.keys(defs).map((name) => refOf(id, name))))
  const link = linkTo(known)
  const endpoints = sorted.filter(({ defs }) => isEndpoint(defs['main']))
  const groups = Map.groupBy(endpoints, ({ id }) => id.split('.').at(-2)!)
  const records = sorted.filter(({ defs }) => defs['main']?.type === 'record')
  const parts = [INTRODUCTION, contents(groups)]
  for (const [group, members] of groups) {
    parts.push(`## ${group}\n`)
    for (const { id, defs } of members) {
      parts.push(endpoint(id, defs['main']!, { link, examples: examples.filter(({ nsid }) => nsid === id) }))
    }
  }
  parts.push('## Records\n', 'What Waypost writes, and what it reads of others.\n')
  for (const { id, defs } of records) parts.push(record(id, defs['main']!, link))
  parts.push('## Shapes\n', 'What endpoints and records are made of.\n')
  for (const { id, defs } of sorted) {
    for (const [name, def] of Object.entries(defs)) {
      if (name === 'main' && def.type !== 'object') continue
      parts.push(shape(refOf(id, name), def, link))
    }
  }
  return parts.join('\n')
}

function isEndpoint(def: Definition | undefined): boolean {
  return def !== undefined && ['query', 'procedure', 'subscription'].includes(def.type)
}

function contents(groups: ReadonlyMap<string, readonly Lexicon[]>): string {
  const rows = [...groups].map(([group, members]) => {
    const links = members.map(({ id }) => `[${id.split('.').at(-1)}](#${anchorOf(id)})`)
    return `| [${group}](#${group}) | ${links.join(' · ')} |`
  })
  return table(['', 'endpoints'], rows)
}

function endpoint(
  id: string,
  def: Definition,
  { link, examples }: { readonly link: Link; readonly examples: readonly Example[] },
): string {
  const parts = [`### ${id}\n`, `${kindOf(def)} ${def.description ?? ''}\n`]
  const asked = def.parameters ?? def.input?.schema
  if (asked?.properties) parts.push(fields(def.parameters ? 'parameter' : 'field of the body', asked, link, id))
  else if (def.input?.encoding) parts.push(`The body is the file itself (\`${def.input.encoding}\`).\n`)
  const answered = def.output?.schema ?? def.message?.schema
  if (answered?.properties && Object.keys(answered.properties).length > 0) {
    parts.push(fields('field of the answer', answered, link, id))
  } else if (answered && answered.type !== 'object') {
    parts.push(`${def.message ? 'Each message' : 'The answer'} is ${typeOf(answered, { link, home: id })}.\n`)
  }
  if (def.errors) {
    parts.push('Errors:\n', ...def.errors.map(({ name, description }) => `- \`${name}\`: ${description ?? ''}`), '')
  }
  for (const { request, answer } of examples) {
    parts.push(fenced('http', request))
    if (answer !== undefined) parts.push(fenced('json', compact(answer)))
  }
  return parts.join('\n')
}

function kindOf(def: Definition): string {
  const isPrivate = def.type === 'procedure' || def.errors?.some(({ name }) => name === 'AuthRequired')
  const kind = { query: 'Query', procedure: 'Procedure', subscription: 'Subscription (WebSocket)' }[def.type]
  return `**${kind}, ${isPrivate ? 'for people who are signed in' : 'for everybody'}.**`
}

function record(id: string, def: Definition, link: Link): string {
  const head = `### ${id}\n\nRecord key: \`${def.key ?? 'any'}\`. ${def.description ?? ''}\n`
  return `${head}\n${fields('field', def.record!, link, id)}`
}

function shape(name: string, def: Definition, link: Link): string {
  const about = def.description ? `${def.description}\n` : ''
  const home = name.split('#')[0]!
  if (def.type === 'object') return `### ${name}\n\n${about}\n${fields('field', def, link, home)}`
  return isShown(def) ? `### ${name}\n\n${about || 'A value'}: ${typeOf(def, { link, home })}.\n` : ''
}

function isShown(def: Definition): boolean {
  return !isEndpoint(def) && def.type !== 'record' && def.type !== 'permission-set'
}

function fields(title: string, { properties = {}, required = [] }: Field, link: Link, home = ''): string {
  const rows = Object.entries(properties).map(([name, field]) => {
    const needed = required.includes(name) ? ' (required)' : ''
    return `| \`${name}\`${needed} | ${typeOf(field, { link, home })} | ${field.description ?? ''} |`
  })
  return rows.length === 0 ? '' : table([title, 'type', 'what it is'], rows)
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...rows, ''].join('\n')
}

type Link = (ref: string, home: string) => string

function typeOf(field: Field, at: { readonly link: Link; readonly home: string }): string {
  switch (field.type) {
    case 'array':
      return `array${limits(field)} of ${typeOf(field.items!, at)}`
    case 'ref':
      return at.link(field.ref!, at.home)
    case 'union':
      return field.refs!.map((ref) => at.link(ref, at.home)).join(' or ')
    case 'blob':
      return `blob${field.accept ? ` (${field.accept.join(', ')})` : ''}`
    default: {
      const values = field.enum ?? field.knownValues
      const said = [
        field.format,
        limits(field).trim(),
        values && `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
        field.default !== undefined && `default ${field.default}`,
      ].filter(Boolean)
      return `${field.type}${said.length > 0 ? ` (${said.join('; ')})` : ''}`
    }
  }
}

function limits({ type, minimum, maximum, maxLength, maxGraphemes }: Field): string {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` from ${minimum}`
  if (maxGraphemes !== undefined) return ` up to ${maxGraphemes} graphemes`
  if (maxLength !== undefined) return ` up to ${maxLength}${type === 'string' ? ' bytes' : ''}`
  return ''
}

function linkTo(known: ReadonlySet<string>): Link {
  return (ref, home) => {
    const name = ref.startsWith('#') ? `${home}${ref}` : ref
    return known.has(name) ? `[${name.split('#')[1] ?? name}](#${anchorOf(name)})` : `\`${name}\``
  }
}

function refOf(id: string, name: string): string {
  return name === 'main' ? id : `${id}#${name}`
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`
}

const LINE_MAX = 112

/** JSON with whatever fits on a line on one. */
export function compact(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value, undefined, 1)?.replace(/\n\s*/g, ' ') ?? 'null'
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= LINE_MAX) return flat
  const deeper = `${indent}  `
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const members = Array.isArray(value)
    ? value.map((each) => compact(each, deeper))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${compact(each, deeper)}`)
  return `${open}\n${members.map((member) => deeper + member).join(',\n')}\n${indent}${close}`
}
