/**
 * A registry that holds only some platforms' binaries makes npm leave the others out of the lockfile, and `npm ci` then
 * calls the lockfile out of date, everywhere. This adds the missing entries: version, os and cpu as their names say,
 * without a hash, since we can't see the file. They are never fetched but on their own platform.
 * Run it after every change of the lockfile.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Locked {
  version?: string
  optional?: boolean
  dev?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const FILE = 'package-lock.json'
const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, Locked> }
const added: string[] = []

for (const holder of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(holder.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`
    if (lock.packages[place] || !/^\d/.test(version)) continue
    lock.packages[place] = { version, ...platformOf(name), optional: true, ...(holder.dev ? { dev: true } : {}) }
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
console.error(`${added.length} entries added`)

function platformOf(name: string): Pick<Locked, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/)
  const os = ['android', 'darwin', 'freebsd', 'linux', 'linuxmusl', 'openharmony', 'win32', 'wasm32', 'aix', 'sunos']
    .filter((one) => words.includes(one))
    .map((one) => (one === 'linuxmusl' ? 'linux' : one))
  const cpu = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'loong64', 'wasm32', 'mips64el']
  const found = cpu.filter((one) => words.includes(one))
  const libc = words.some((word) => word === 'musl' || word === 'linuxmusl')
    ? ['musl']
    : words.includes('gnu')
      ? ['glibc']
      : []
  return {
    cpu: found.length > 0 ? found : ['none'],
    ...(libc.length > 0 ? { libc } : {}),
    ...(os.length > 0 && !os.includes('wasm32') ? { os } : {}),
  }
}
