/** What the site holds, in the order of its navigation. */
export interface PageEntry {
  /** Where its Markdown lies in the repository. */
  readonly file: string
  /** Where it is in the site. */
  readonly path: string
  /** In the navigation; the page itself has its own heading. */
  readonly title: string
}

export interface PageGroup {
  readonly title: string
  readonly pages: readonly PageEntry[]
}

export const PAPER_PAGE = 'paper/index.html'

/** `decisions`: that folder's files in order, with their headings. */
export function groups(decisions: readonly Pick<PageEntry, 'file' | 'title'>[]): readonly PageGroup[] {
  return [
    {
      title: 'Begin',
      pages: [
        { file: 'docs/start.md', path: 'index.html', title: 'Where to begin' },
        { file: 'README.md', path: 'readme.html', title: 'What it is' },
      ],
    },
    {
      title: 'Understand',
      pages: [
        { file: 'docs/architecture.md', path: 'architecture.html', title: 'Architecture' },
        { file: 'docs/glossary.md', path: 'glossary.html', title: 'Glossary' },
        { file: 'docs/invariants.md', path: 'invariants.html', title: 'Invariants' },
        { file: 'docs/gotchas.md', path: 'gotchas.html', title: 'Gotchas' },
        { file: 'docs/game.md', path: 'game.html', title: 'The game' },
        { file: 'packages/gossip/SPEC.md', path: 'gossip.html', title: 'Gossip' },
      ],
    },
    {
      title: 'Use and change',
      pages: [
        { file: 'docs/api.md', path: 'api.html', title: 'API' },
        { file: 'docs/workbench.md', path: 'workbench.html', title: 'The workbench' },
        { file: 'CONTRIBUTING.md', path: 'contributing.html', title: 'Contributing' },
      ],
    },
    { title: 'Operate', pages: [{ file: 'docs/operate.md', path: 'operate.html', title: 'Operating' }] },
    {
      title: 'Why',
      pages: decisions.map(({ file, title }) => ({
        file,
        path: file.replace('docs/', '').replace('.md', '.html'),
        title,
      })),
    },
  ]
}
