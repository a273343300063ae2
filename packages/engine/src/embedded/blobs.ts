import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { assert } from '@waypost/kernel'
import type { Blobs } from '../port.ts'
import { assertBlobName } from '../shape.ts'

/** A folder's name on the disk ends in this, so that `a` and `a/b` can both be blobs. No blob's name has it. */
const FOLDER_MARK = '+'

/**
 * Blobs as files under `folder`. A blob is written under `unfinished`, flushed, and moved into its place in one step;
 * what a crash leaves in `unfinished` is cleared away here. Both folders must be on one file system.
 */
export async function openEmbeddedBlobs(options: {
  folder: string
  unfinished: string
  readOnly: boolean
}): Promise<Blobs> {
  const { folder, unfinished, readOnly } = options
  if (!readOnly) {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await mkdir(folder, { recursive: true })
  }
  let writes = 0

  function fileOf(name: string): string {
    assertBlobName(name)
    const parts = name.split('/')
    return join(folder, ...parts.slice(0, -1).map((part) => part + FOLDER_MARK), parts.at(-1)!)
  }

  return {
    async put(name, bytes) {
      assert(!readOnly, 'nobody writes to a store that was opened to read')
      const file = fileOf(name)
      const draft = join(unfinished, String(++writes))
      try {
        await writeDurably(draft, bytes)
        await makeFolderDurably(dirname(file))
        await rename(draft, file)
      } catch (fault) {
        await rm(draft, { force: true })
        throw fault
      }
      await flushFolder(dirname(file))
    },
    get: async (name) =>
      present(
        readFile(fileOf(name)).then((buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)),
      ),
    async delete(name) {
      assert(!readOnly, 'nobody writes to a store that was opened to read')
      const file = fileOf(name)
      await rm(file, { force: true })
      await present(flushFolder(dirname(file)))
    },
    async list(prefix) {
      const found = (await present(readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
      return found
        .filter((item) => item.isFile())
        .map((item) => nameOf(relative(folder, item.parentPath), item.name))
        .filter((name) => name.startsWith(prefix))
        .toSorted()
    },
  }
}

function nameOf(path: string, file: string): string {
  const folders = path === '' ? [] : path.split('/')
  return [...folders.map((part) => part.slice(0, -FOLDER_MARK.length)), file].join('/')
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'w')
  await handle.writeFile(bytes)
  await handle.sync()
}

/** Makes a folder and those above it, each entered durably in its parent. */
async function makeFolderDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    await flushFolder(dirname(made))
    if (made === first || basename(made) === '') return
  }
}

/** A file's name is durable only once its folder is. */
export async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

async function present<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined
    throw fault
  }
}
