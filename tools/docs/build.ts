/** `npm run docs`: writes the documentation as a site into `.docs`, which a browser opens as it lies there. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { buildSite } from './site.ts'

const FOLDER = '.docs'

const site = await buildSite()
rmSync(FOLDER, { recursive: true, force: true })
for (const [path, content] of site) {
  const file = join(FOLDER, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
console.log(`${site.size} files; open ${resolve(FOLDER, 'index.html')}`)
