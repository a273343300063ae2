import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTemplates, render, type Functions } from './go-template.ts'

const FUNCTIONS: Functions = {
  default: (fallback, value) => (value ? value : fallback),
  dict: (key, value) => ({ [key as string]: value }),
  eq: (a, b) => a === b,
  quote: (value) => JSON.stringify(value),
}
const VALUES = { people: ['Ana', 'Ben'], map: { b: 'two', a: 'one' }, empty: {}, zero: 0, name: 't' }

function rendered(text: string): string {
  return render(parseTemplates({ main: text }), 'main', VALUES, FUNCTIONS)
}

// The expected text is what text/template of Go 1.19 made of the same.
test('text, trimming, variables, blocks, maps in order, includes and pipelines come out as Go has them', () => {
  const text = `{{- define "name" -}}
  {{ .who }}!
{{- end }}
{{- /* nothing */}}
{{- $greeting := "Hello" -}}
a  {{- " b " -}}  c
{{- range $at, $who := .people }}
{{ $at }}: {{ $greeting }} {{ include "name" (dict "who" $who) | quote }}
{{- end }}
{{- range $key, $value := .map }}
{{ $key }}={{ $value }}{{ if eq $value "two" }} (it is two){{ else }} (not two){{ end }}
{{- end }}
{{ with .empty }}never {{ . }}{{ else }}nothing there{{ end }}
{{ with .map }}{{ .b }} of {{ $.name }}{{ end }}
{{ .zero | default 5 }}
`
  const expected = `a b c
0: Hello "Ana!"
1: Hello "Ben!"
a=one (not two)
b=two (it is two)
nothing there
two of t
5
`
  assert.equal(rendered(text), expected)
})

test('what it does not know it refuses', () => {
  assert.throws(() => rendered('{{ upper .name }}'), /no function upper/)
  assert.throws(() => rendered('{{ if .a }}{{ else if .b }}{{ end }}'), /a block ends with "else if/)
  assert.throws(() => rendered('{{ if .a }}'), /a block ends with ""/)
  assert.throws(() => rendered('{{ .name }}{{ end }}'), /"end" ends nothing/)
  assert.throws(() => rendered('{{ quote (.name }}'), /a parenthesis stays open/)
  assert.throws(() => rendered('{{ .name; }}'), /cannot read/)
  assert.throws(() => rendered('{{ $name }}'), /no variable \$name/)
})

test('what is absent is neither printed nor looked into', () => {
  assert.throws(() => rendered('{{ .nobody }}'), /neither a text nor a number/)
  assert.throws(() => rendered('{{ .nobody.name }}'), /nothing to look into/)
  assert.throws(() => rendered('{{ .map }}'), /neither a text nor a number/)
})
