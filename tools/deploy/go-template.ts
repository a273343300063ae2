/**
 * As much of Go's text/template as the chart in deploy/helm uses, with the functions of Helm and Sprig that it calls.
 * In: templates by their names. Out: text. What it doesn't know it refuses, and so it does with a value that is absent
 * where one is printed or looked into: Helm would print nothing there, or "<no value>".
 */

export type Value = unknown
type Scope = Map<string, Value>
type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'path'; readonly variable: string | undefined; readonly fields: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly of: Expression }
  | { readonly kind: 'set'; readonly name: string; readonly to: Expression }
  | {
      readonly kind: 'if' | 'with'
      readonly of: Expression
      readonly whole: readonly Node[]
      readonly otherwise: readonly Node[]
    }
  | {
      readonly kind: 'range'
      readonly of: Expression
      readonly names: readonly string[]
      readonly each: readonly Node[]
    }

export type Functions = Readonly<Record<string, (...given: Value[]) => Value>>

interface Piece {
  readonly text: string
  readonly isAction: boolean
}

const TOKEN = /\s+|"(?:[^"\\]|\\.)*"|:=|[|(),]|\$\w*(?:\.\w+)*|\.(?:\w+(?:\.\w+)*)?|\d+|\w+/gy

/** Templates that can include each other: from the texts of files, by what `define` calls them and by their file's name. */
export function parseTemplates(files: Readonly<Record<string, string>>): ReadonlyMap<string, readonly Node[]> {
  const templates = new Map<string, readonly Node[]>()
  for (const [file, text] of Object.entries(files)) {
    const { nodes, ended } = parseNodes(piecesOf(text), templates)
    if (ended !== '') throw new Error(`${file}: "${ended}" ends nothing`)
    templates.set(file, nodes)
  }
  return templates
}

/** One template over a value; `include` is known here, all other functions are given. */
export function render(
  templates: ReadonlyMap<string, readonly Node[]>,
  name: string,
  dot: Value,
  functions: Functions,
): string {
  const nodes = templates.get(name)
  if (nodes === undefined) throw new Error(`no template ${name}`)
  const all: Functions = {
    ...functions,
    include: (other, value) => render(templates, String(other), value, functions),
  }
  return run(nodes, dot, new Map([['$', dot]]), all)
}

/** Text and actions in turns; `{{-` and `-}}` take the white space beside them along. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let rest = text
  let isTrimmed = false
  for (;;) {
    const found = /\{\{(- )?(\/\*[^]*?\*\/|[^]*?)( -)?\}\}/.exec(rest)
    let before = found ? rest.slice(0, found.index) : rest
    if (isTrimmed) before = before.trimStart()
    if (found?.[1] !== undefined) before = before.trimEnd()
    if (before !== '') pieces.push({ text: before, isAction: false })
    if (found === null) return pieces
    const inside = found[2]!.trim()
    if (!inside.startsWith('/*')) pieces.push({ text: inside, isAction: true })
    isTrimmed = found[3] !== undefined
    rest = rest.slice(found.index + found[0].length)
  }
}

/** Up to the `end` or `else` that belongs to what was opened before; answers how it ended. */
function parseNodes(pieces: Piece[], templates: Map<string, readonly Node[]>): { nodes: Node[]; ended: string } {
  const nodes: Node[] = []
  for (;;) {
    const piece = pieces.shift()
    if (piece === undefined) return { nodes, ended: '' }
    if (!piece.isAction) {
      nodes.push({ kind: 'text', text: piece.text })
      continue
    }
    const [, word = '', rest = ''] = /^(\w*)\s*([^]*)$/.exec(piece.text)!
    if (word === 'end' || word === 'else') return { nodes, ended: piece.text }
    if (word === 'define') templates.set(JSON.parse(rest) as string, parseBlock(pieces, templates).whole)
    else if (word === 'if' || word === 'with') {
      nodes.push({ kind: word, of: parse(rest), ...parseBlock(pieces, templates) })
    } else if (word === 'range') {
      const [, names, of] = /^(?:(\$\w+(?:\s*,\s*\$\w+)?)\s*:=\s*)?([^]*)$/.exec(rest)!
      const each = parseBlock(pieces, templates).whole
      nodes.push({ kind: 'range', names: names?.split(',').map((name) => name.trim()) ?? [], of: parse(of!), each })
    } else {
      const [, name, to] = /^(\$\w+)\s*:=\s*([^]*)$/.exec(piece.text) ?? []
      nodes.push(name === undefined ? { kind: 'print', of: parse(piece.text) } : { kind: 'set', name, to: parse(to!) })
    }
  }
}

function parseBlock(pieces: Piece[], templates: Map<string, readonly Node[]>): { whole: Node[]; otherwise: Node[] } {
  const { nodes: whole, ended } = parseNodes(pieces, templates)
  if (ended === 'end') return { whole, otherwise: [] }
  if (ended === 'else') {
    const { nodes: otherwise, ended: last } = parseNodes(pieces, templates)
    if (last === 'end') return { whole, otherwise }
  }
  throw new Error(`a block ends with "${ended}"`)
}

function parse(text: string): Expression {
  const tokens = [...text.matchAll(TOKEN)].map((match) => match[0])
  if (tokens.join('') !== text) throw new Error(`cannot read {{ ${text} }}`)
  const left = tokens.filter((token) => token.trim() !== '')
  const expression = parsePipeline(left)
  if (left.length > 0) throw new Error(`"${left[0]}" is too much in {{ ${text} }}`)
  return expression
}

/** `a | f b` is `f b a`. */
function parsePipeline(tokens: string[]): Expression {
  let piped: Expression | undefined
  for (;;) {
    const operands: Expression[] = []
    let name: string | undefined
    while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')') {
      const token = tokens.shift()!
      const isFirst = operands.length === 0 && name === undefined
      if (isFirst && /^[a-z]/i.test(token) && !/^(?:true|false)$/.test(token)) name = token
      else operands.push(operandOf(token, tokens))
    }
    if (piped !== undefined) operands.push(piped)
    if (name === undefined && operands.length !== 1) throw new Error('a value stands where a function must')
    piped = name === undefined ? operands[0]! : { kind: 'call', name, given: operands }
    if (tokens[0] !== '|') return piped
    tokens.shift()
  }
}

function operandOf(token: string, tokens: string[]): Expression {
  if (token === '(') {
    const inside = parsePipeline(tokens)
    if (tokens.shift() !== ')') throw new Error('a parenthesis stays open')
    return inside
  }
  if (token.startsWith('"')) return { kind: 'literal', value: JSON.parse(token) }
  if (/^\d+$/.test(token)) return { kind: 'literal', value: Number(token) }
  if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' }
  if (!/^[.$]/.test(token)) throw new Error(`"${token}" is no value`)
  const [variable, ...fields] = token.split('.')
  return {
    kind: 'path',
    variable: variable === '' ? undefined : variable,
    fields: fields.filter((field) => field !== ''),
  }
}

function run(nodes: readonly Node[], dot: Value, outer: Scope, functions: Functions): string {
  const scope: Scope = new Map(outer)
  return nodes
    .map((node) => {
      switch (node.kind) {
        case 'text':
          return node.text
        case 'print':
          return printed(evaluate(node.of, dot, scope, functions))
        case 'set':
          scope.set(node.name, evaluate(node.to, dot, scope, functions))
          return ''
        case 'if':
        case 'with': {
          const value = evaluate(node.of, dot, scope, functions)
          if (!isTrue(value)) return run(node.otherwise, dot, scope, functions)
          return run(node.whole, node.kind === 'with' ? value : dot, scope, functions)
        }
        case 'range': {
          const value = evaluate(node.of, dot, scope, functions)
          return entriesOf(value)
            .map(([key, item]) => {
              const inner: Scope = new Map(scope)
              if (node.names.length === 2) inner.set(node.names[0]!, key)
              if (node.names.length > 0) inner.set(node.names.at(-1)!, item)
              return run(node.each, item, inner, functions)
            })
            .join('')
        }
      }
    })
    .join('')
}

function evaluate(expression: Expression, dot: Value, scope: Scope, functions: Functions): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'call': {
      const call = functions[expression.name]
      if (call === undefined) throw new Error(`no function ${expression.name}`)
      return call(...expression.given.map((each) => evaluate(each, dot, scope, functions)))
    }
    case 'path': {
      const { variable, fields } = expression
      if (variable !== undefined && !scope.has(variable)) throw new Error(`no variable ${variable}`)
      return fields.reduce<Value>(
        (value, field) => {
          if (typeof value !== 'object' || value === null) throw new Error(`.${fields.join('.')}: nothing to look into`)
          return (value as Readonly<Record<string, Value>>)[field]
        },
        variable === undefined ? dot : scope.get(variable),
      )
    }
  }
}

/** A map is walked in the order of its keys. */
function entriesOf(value: Value): (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((item, at) => [at, item] as const)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function printed(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error('what is printed is neither a text nor a number')
}

/** What Go takes for true: what is neither absent nor zero nor empty. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return entriesOf(value).length > 0
  return Boolean(value)
}
