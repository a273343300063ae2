import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileDisk } from './disk.ts'

function folder(): Disposable & { readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), 'workbench-disk-'))
  return { file: join(path, 'n0.jsonl'), [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('a disk opened again has what was put last', async () => {
  using place = folder()
  {
    using disk = fileDisk(place.file)
    await Promise.all([disk.put('term', 1), disk.put('vote', null), disk.put('term', 2)])
    assert.equal(disk.get('term'), 2)
  }
  using again = fileDisk(place.file)
  assert.deepEqual([again.get('term'), again.get('vote'), again.get('log')], [2, null, undefined])
})

test('a line that a crash cut off is forgotten, and the next put is not', async () => {
  using place = folder()
  {
    using disk = fileDisk(place.file)
    await disk.put('term', 1)
  }
  appendFileSync(place.file, '["term",')
  {
    using disk = fileDisk(place.file)
    assert.equal(disk.get('term'), 1)
    await disk.put('term', 3)
  }
  using again = fileDisk(place.file)
  assert.equal(again.get('term'), 3)
})
