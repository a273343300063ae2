import { defineConfig, type OxlintOverride } from 'oxlint'
import { MAY_IMPORT, WAY } from './tools/way.ts'

/** What a package may not import, as patterns. */
function strangersOf(name: string): { group: string[]; message: string }[] {
  const allowed = MAY_IMPORT[name] ?? []
  return Object.keys(MAY_IMPORT)
    .filter((other) => other !== name && !allowed.includes(other))
    .map((other) => ({
      group: [`@waypost/${other}`, `@waypost/${other}/*`, `**/packages/${other}/**`],
      message: `${name} may import ${allowed.join(', ') || 'no other package of ours'}.`,
    }))
}

const packages: OxlintOverride[] = Object.keys(MAY_IMPORT).map((name) => ({
  files: [`packages/${name}/src/**`],
  rules: { 'no-restricted-imports': ['error', { patterns: strangersOf(name) }] },
}))

/** Stage order: whatever stands to the right of a stage is out of its reach, by name and by path. */
const stages: OxlintOverride[] = WAY.map((stage, at) => ({
  files: [`packages/server/src/${stage}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        // A later override replaces an earlier one's options, so the package's own limits are said again.
        patterns: [
          ...strangersOf('server'),
          ...WAY.slice(at + 1).map((right) => ({
            group: [`#${right}/*`, `#${right}/**`, `../${right}/**`, `../../${right}/**`],
            message: `The way of the data goes ${WAY.join(' → ')}: ${stage} may not know ${right}.`,
          })),
        ],
      },
    ],
  },
}))

/** The world is an argument: only the kernel, and `main` files, touch the real clock, dice and timers. */
const theWorld: OxlintOverride = {
  files: ['packages/{engine,server}/src/**'],
  rules: {
    'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'process'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'Ask world.clock.' },
      { object: 'Math', property: 'random', message: 'Ask world.random.' },
      { object: 'performance', property: 'now', message: 'Ask world.clock.' },
    ],
  },
}

/** Whatever the client says comes from `packages/web/src/language`; a name and marks are no words. */
const spoken: OxlintOverride = {
  files: ['packages/web/src/**/*.tsx'],
  // A page of development, in no build.
  excludeFiles: ['packages/web/src/gallery/**'],
  plugins: ['react'],
  rules: {
    // This one rule is what the plugin is here for.
    'react/refs': 'off',
    'react/immutability': 'off',
    'react/set-state-in-effect': 'off',
    'react/static-components': 'off',
    'react-hooks/exhaustive-deps': 'off',
    'react/jsx-no-literals': [
      'error',
      {
        noStrings: true,
        allowedStrings: ['Waypost', '·', '+', ' '],
        ignoreProps: true,
        restrictedAttributes: ['action', 'aria-label', 'heading', 'label', 'listLabel', 'note', 'placeholder', 'title'],
      },
    ],
  },
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise'],
  categories: { correctness: 'error' },
  ignorePatterns: ['packages/lexicon/src/generated/**', '**/dist/**'],
  rules: {
    'no-var': 'error',
    'prefer-const': 'error',
    eqeqeq: 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/no-explicit-any': 'error',
    // What we hand about are objects made of closures, which have no `this`.
    'typescript/unbound-method': 'off',
    // URLs and buffers print themselves well.
    'typescript/restrict-template-expressions': 'off',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    'typescript/only-throw-error': 'error',
  },
  overrides: [
    ...packages,
    ...stages,
    theWorld,
    spoken,
    {
      files: ['**/*.test.ts', '**/*.contract.ts', '**/test/**', '**/main.ts', '**/child.ts'],
      rules: {
        'no-restricted-globals': 'off',
        'no-restricted-properties': 'off',
        // node:test collects the promises of describe and test by itself.
        'typescript/no-floating-promises': 'off',
      },
    },
    { files: ['**/*.config.ts', 'tools/brief-reporter.ts'], rules: { 'import/no-default-export': 'off' } },
  ],
})
