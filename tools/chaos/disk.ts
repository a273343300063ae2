import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { rm, statfs, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk of its own for one machine, whose power can be cut and which can be full. */
export interface Disk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string
  /** At once all that was not synced is gone; nothing can be read or written until `powerOn`. */
  powerOff(): Promise<void>
  /** Whoever had files open must be gone by then. */
  powerOn(): Promise<void>
  /** Not one byte more can be written, by anybody, until `empty`. */
  fill(): Promise<void>
  empty(): Promise<void>
}

/** A sparse file: it takes what is written, and no more. */
const BYTES = 24 * 2 ** 30
const FILLER = 'filler'
const UNMOUNTS_MAX = 20
const UNMOUNT_AGAIN_MS = 100
/** EXT4_IOC_SHUTDOWN, and its flag that not even the journal is written. Node has no ioctl; every Debian has Perl. */
const SHUTDOWN =
  'open(my $dir, "<", $ARGV[0]) or die $!; my $flag = pack("L", 2); defined ioctl($dir, 0x8004587d, $flag) or die $!'

/** Why there can be no such disk here; undefined where there can. Tries it with a small one in `folder`. */
export async function whyNoDisk(folder: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'loop devices with ext4 are of Linux'
  if (process.getuid?.() !== 0) return 'only root may mount a disk of its own'
  for (const tool of ['mkfs.ext4', 'mount', 'umount', 'perl']) {
    if (spawnSync('which', [tool]).status !== 0) return `there is no ${tool}`
  }
  try {
    await using disk = await openDisk(join(folder, 'trial'), 64 * 2 ** 20)
    writeFileSync(join(disk.folder, 'written'), 'not synced')
    await disk.powerOff()
    await disk.powerOn()
    return undefined
  } catch (fault) {
    return `a disk of its own: ${(fault as Error).message.trim().split('\n').at(-1)}`
  }
}

export async function openDisk(name: string, bytes = BYTES): Promise<Disk> {
  const [image, folder] = [`${name}.img`, `${name}.disk`]
  mkdirSync(folder, { recursive: true })
  writeFileSync(image, '')
  await truncate(image, bytes)
  // No blocks are kept back for root: full is full.
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', 'lazy_itable_init=1', image])
  const mount = (): Promise<unknown> => run('mount', ['-o', 'loop', image, folder])
  /** Whoever was ended may still be going. */
  async function unmount(): Promise<void> {
    for (let tries = UNMOUNTS_MAX; ; tries--) {
      try {
        return void (await run('umount', [folder]))
      } catch (fault) {
        if (tries === 0) throw fault
        await new Promise((resolve) => setTimeout(resolve, UNMOUNT_AGAIN_MS))
      }
    }
  }
  await mount()
  // However this process ends, no mount is left of it.
  const atExit = (): void => {
    spawnSync('umount', ['--lazy', folder])
    rmSync(image, { force: true })
  }
  process.once('exit', atExit)
  return {
    folder,
    powerOff: async () => void (await run('perl', ['-e', SHUTDOWN, folder])),
    async powerOn() {
      await unmount()
      await mount()
      // Its removal may not have been synced either.
      await rm(join(folder, FILLER), { force: true })
    },
    async fill() {
      const { bfree, bsize } = await statfs(folder)
      const filler = join(folder, FILLER)
      // Reserved, not written: it takes no time and nothing of the disk that this one lies on. What ext4 keeps for
      // itself of that, some 4,096 blocks, is written.
      await run('fallocate', ['--length', String(Math.max(1, bfree - 16_384) * bsize), filler])
      for (const size of ['1M', '4K', '1K'])
        await run('dd', ['if=/dev/zero', `of=${filler}`, `bs=${size}`, 'oflag=append', 'conv=notrunc']).catch(() => {})
    },
    empty: () => rm(join(folder, FILLER), { force: true }),
    async [Symbol.asyncDispose]() {
      await unmount().catch(() => {})
      process.off('exit', atExit)
      atExit()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
