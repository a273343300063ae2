import { Marked, type Tokens } from 'marked'

export interface Rendered {
  readonly html: string
  /** The text of the first heading. */
  readonly title: string
  readonly sections: readonly { readonly id: string; readonly text: string }[]
}

/** Markdown to HTML. `rewrite`: where a link or an image leads, as it stands in the text. */
export function renderMarkdown(text: string, rewrite: (target: string) => string): Rendered {
  const ids = new Map<string, number>()
  const sections: { id: string; text: string }[] = []
  let title = ''
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens)
        const plain = plainOf(inner)
        const id = uniqueId(anchorOf(plain), ids)
        if (depth === 1 && !title) title = plain
        if (depth === 2) sections.push({ id, text: plain })
        return `<h${depth} id="${id}">${inner}<a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`
      },
      table(token: Tokens.Table) {
        const row = (cells: readonly Tokens.TableCell[], tag: 'th' | 'td'): string =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
        const body = token.rows.map((cells) => row(cells, 'td')).join('\n')
        const table = `<table><thead>${row(token.header, 'th')}</thead><tbody>\n${body}\n</tbody></table>`
        return `<div class="scroll" tabindex="0" role="region" aria-label="Table">${table}</div>\n`
      },
      code({ text: code, lang }) {
        return `<pre tabindex="0"${lang ? ` class="language-${escapeHtml(lang)}"` : ''}><code>${escapeHtml(code)}</code></pre>\n`
      },
    },
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token['href'] = rewrite(token['href'] as string)
    },
    hooks: {
      // Pictures that a page writes as HTML.
      preprocess: (source: string) =>
        source.replace(
          /(<img\b[^>]*\bsrc=")([^"]+)"/g,
          (_, before: string, src: string) => `${before}${rewrite(src)}"`,
        ),
    },
  })
  const html = marked.parse(text, { async: false })
  return { html, title, sections }
}

/** As GitHub makes them of headings. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function plainOf(html: string): string {
  return html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', '’')
    .replaceAll('&amp;', '&')
}

function uniqueId(id: string, ids: Map<string, number>): string {
  const count = ids.get(id) ?? 0
  ids.set(id, count + 1)
  return count === 0 ? id : `${id}-${count}`
}
