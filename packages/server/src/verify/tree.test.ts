import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, toBytes } from '@atcute/cbor'
import fc from 'fast-check'
import { MemoryBlockStore, NodeStore, NodeWrangler, getKeyHeight } from '@atcute/mst'
import { create, fromString, toCidLink, toString } from '@atcute/cid'
import type { Cid } from '@waypost/kernel'
import type { FrameOp } from '#wire/frame.ts'
import { cidOf, linkOf, type Link } from '#wire/link.ts'
import type { Blocks } from '#verify/blocks.ts'
import { keyHeight } from '#verify/node-encoding.ts'
import { TreeNode } from '#verify/tree-node.ts'
import { EMPTY_TREE, invertOps, readTree } from '#verify/tree.ts'

/** Another implementation's tree is the judge: it knows nothing of ours. */
class Judge {
  readonly #store = new NodeStore(new MemoryBlockStore())
  readonly #wrangler = new NodeWrangler(this.#store)

  put = (root: Cid, key: string, value: Cid): Promise<Cid> =>
    this.#wrangler.putRecord(root, key, toCidLink(fromString(value)))
  remove = (root: Cid, key: string): Promise<Cid> => this.#wrangler.deleteRecord(root, key)

  async empty(): Promise<Cid> {
    const node = await this.#store.get(null)
    await this.#store.put(node)
    return (await node.cid()).$link
  }

  /** Every node of a tree, as blocks. */
  async blocks(root: Cid): Promise<Blocks> {
    const found = new Map<Link, Uint8Array>()
    const visit = async (cid: Cid): Promise<void> => {
      const node = await this.#store.get(cid)
      found.set(linkOf(cid), await node.serialize())
      for (const subtree of node.subtrees) if (subtree) await visit(subtree.$link)
    }
    await visit(root)
    return { root: linkOf(root), byLink: found }
  }
}

const VALUES: readonly Cid[] = [
  'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm',
  'bafyreiguce4jh7kcbmof3pmcvasifqtw24b6isakj5ve5ga2b4z4alpc4i',
  'bafyreiapzyf65cmq55jklpnrihiygze2jmmdqvvkwqeiomd72pbp2iazuu',
]
const key = fc.integer({ min: 0, max: 4_000 }).map((number) => `app.waypost.checkin/${number.toString(36)}`)
const value = fc.constantFrom(...VALUES)
const content = fc.uniqueArray(fc.tuple(key, value), { maxLength: 60, selector: ([name]) => name })

async function build(judge: Judge, entries: readonly (readonly [string, Cid])[]): Promise<Cid> {
  let root = await judge.empty()
  for (const [name, cid] of entries) root = await judge.put(root, name, cid)
  return root
}

/** An op as a commit says it, its CIDs as text. */
function op(action: FrameOp['action'], path: string, cids: { readonly cid?: Cid; readonly prev?: Cid }): FrameOp {
  const [cid, prev] = [cids.cid, cids.prev].map((each) => (each === undefined ? undefined : linkOf(each)))
  return { action, path, cid, prev }
}

/** What turns one content into another. */
function opsBetween(before: ReadonlyMap<string, Cid>, after: ReadonlyMap<string, Cid>): readonly FrameOp[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): FrameOp[] => {
    const [prev, cid] = [before.get(path), after.get(path)]
    if (prev === cid) return []
    const action = prev === undefined ? 'create' : cid === undefined ? 'delete' : 'update'
    return [op(action, path, { ...(cid && { cid }), ...(prev && { prev }) })]
  })
}

test('undoing any ops leads to the tree before, as another implementation builds it', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, fc.integer({ min: 0, max: 60 }), async (old, fresh, kept) => {
      const judge = new Judge()
      const before = new Map(old)
      const after = new Map([...old.slice(0, kept), ...fresh])
      const root = await build(judge, [...after])
      const ops = opsBetween(before, after)
      const expected = await build(judge, [...before])
      for (const order of [ops, ops.toReversed()]) {
        assert.deepEqual(invertOps(await judge.blocks(root), linkOf(root), order), {
          ok: true,
          value: linkOf(expected),
        })
      }
    }),
    { numRuns: 150 },
  )
})

test('a whole tree is read as it was built', async () => {
  await fc.assert(
    fc.asyncProperty(content, async (entries) => {
      const judge = new Judge()
      const root = await build(judge, entries)
      const read = readTree(await judge.blocks(root), linkOf(root))
      const expected = entries.map(([path, cid]) => ({ path, cid })).toSorted((a, b) => (a.path < b.path ? -1 : 1))
      assert.deepEqual(read, { ok: true, value: expected })
    }),
    { numRuns: 100 },
  )
})

test('a key stands at the height that another implementation gives it', async () => {
  await fc.assert(fc.asyncProperty(key, async (name) => assert.equal(keyHeight(name), await getKeyHeight(name))))
})

test('a node is read and written back to the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(content, async (entries) => {
      const judge = new Judge()
      const { root, byLink } = await judge.blocks(await build(judge, entries))
      assert.equal(rewritten(byLink.get(root)!), root)
    }),
  )
})

/** The link of a node that was read, taken to pieces and written anew; undefined where the bytes are none. */
function rewritten(bytes: Uint8Array): Link | undefined {
  const node = TreeNode.read(bytes, EMPTY_TREE)
  // From here on it forgets the link that it was given.
  node?.open()
  return node?.link()
}

test('a key is found in the bytes of a node where it is found in its pieces', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.array(key, { maxLength: 20 }), async (entries, others) => {
      const judge = new Judge()
      const { root, byLink } = await judge.blocks(await build(judge, entries))
      const closed = TreeNode.read(byLink.get(root)!, root)!
      const opened = TreeNode.read(byLink.get(root)!, root)!
      opened.open()
      const names = [...entries.map(([name]) => name), ...others]
      for (const name of [...names, ...names.map((name) => `${name}a`), 'a/b', 'z/z']) {
        assert.equal(closed.search(name), opened.search(name), name)
      }
    }),
  )
})

test('bytes that are not exactly a node are none', async () => {
  const judge = new Judge()
  const entries = Array.from(
    { length: 40 },
    (_, index) => [`app.waypost.checkin/${index}`, VALUES[index % 3]!] as const,
  )
  const { root, byLink } = await judge.blocks(await build(judge, entries))
  const bytes = byLink.get(root)!
  for (let at = 0; at < bytes.length; at++) assert.equal(rewritten(bytes.subarray(0, at)), undefined)
  assert.equal(rewritten(Buffer.concat([bytes, Buffer.of(0)])), undefined)
  // Whatever a changed byte makes of it, reading does not throw, and what is read is a node in its one encoding.
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 16, 128]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= bit
      const link = rewritten(changed)
      if (link !== undefined) assert.equal(cidOf(link), await cidOfBytes(changed))
    }
  }
})

interface Cut {
  readonly shared: number
  readonly rest: string
  /** Other fields, or other values for them. */
  readonly more?: object
}

/** The bytes of a node whose keys are cut as it says, whether that is right or not. */
function nodeOf(...entries: Cut[]): Uint8Array {
  const v = toCidLink(fromString(VALUES[0]!))
  return encode({
    e: entries.map(({ shared, rest, more }) => ({ k: toBytes(Buffer.from(rest)), p: shared, t: null, v, ...more })),
    l: null,
  })
}

test('a node holds only keys of a collection and a record key, in order, each cut as short as it can be', () => {
  const holds = (...entries: Cut[]): boolean => rewritten(nodeOf(...entries)) !== undefined
  assert.ok(
    holds({ shared: 0, rest: 'a/b' }, { shared: 2, rest: 'c' }, { shared: 1, rest: 'c/d' }, { shared: 4, rest: 'e' }),
  )
  assert.ok(holds({ shared: 0, rest: `a/${'b'.repeat(1_022)}` }))
  for (const rest of ['', 'a', '/a', 'a/', 'a/b/c', 'a//b', 'a/b c', 'a/ü', 'a/\0', `a/${'b'.repeat(1_023)}`]) {
    assert.ok(!holds({ shared: 0, rest }), rest)
  }
  for (const second of [
    { shared: 1, rest: '/c' },
    { shared: 2, rest: 'a' },
    { shared: 2, rest: 'b' },
    { shared: 3, rest: '' },
    { shared: 4, rest: 'c' },
    { shared: 3, rest: '/c' },
    { shared: 0, rest: 'b' },
    { shared: 0, rest: 'A/b' },
  ]) {
    assert.ok(!holds({ shared: 0, rest: 'a/b' }, second), JSON.stringify(second))
  }
  assert.ok(!holds({ shared: 1, rest: 'a/b' }))
})

test('a node is written in its shortest form, and links to nothing but DAG-CBOR', () => {
  const good = nodeOf({ shared: 0, rest: 'a/b' })
  assert.ok(rewritten(good))
  const hex = Buffer.from(good).toString('hex')
  const v = toCidLink(fromString('bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity'))
  assert.equal(rewritten(nodeOf({ shared: 0, rest: 'a/b', more: { v } })), undefined)
  assert.equal(rewritten(nodeOf({ shared: 0, rest: 'a/b', more: { t: v } })), undefined)
  assert.equal(rewritten(nodeOf({ shared: 0, rest: 'a/b', more: { u: null } })), undefined)
  for (const [short, long] of [
    ['81', '9801'],
    ['43', '5803'],
    ['43', '590003'],
    ['617000', '61701800'],
  ] as const) {
    assert.ok(hex.includes(short))
    assert.equal(rewritten(Buffer.from(hex.replace(short, long), 'hex')), undefined, long)
  }
})

test('an op that the tree does not bear out is refused, and so is a tree that lacks a node', async () => {
  const judge = new Judge()
  const [path, cid, other] = ['app.waypost.checkin/1', VALUES[0]!, VALUES[1]!]
  const root = await build(judge, [[path, cid]])
  const blocks = await judge.blocks(root)
  const told = (told: FrameOp): string => {
    const inverted = invertOps(blocks, blocks.root, [told])
    return inverted.ok ? 'ok' : inverted.error.reason
  }
  assert.equal(told(op('create', path, { cid })), 'ok')
  assert.equal(told(op('create', path, { cid: other })), 'op-mismatch')
  assert.equal(told(op('create', path, { cid, prev: other })), 'op-mismatch')
  assert.equal(told(op('delete', path, { prev: cid })), 'op-mismatch')
  assert.equal(told(op('create', 'app.waypost.checkin/2', { cid })), 'op-mismatch')
  const nothing = invertOps({ root: blocks.root, byLink: new Map() }, blocks.root, [])
  assert.ok(!nothing.ok && nothing.error.reason === 'block-missing')
})

test('a tree that is deeper than its levels is refused and does not exhaust the stack', async () => {
  // A key of height 0 between two endless chains of nodes that hold nothing but the next one.
  const nodes = new Map<Link, Uint8Array>()
  const add = async (bytes: Uint8Array): Promise<Link> => {
    const link = linkOf(await cidOfBytes(bytes))
    nodes.set(link, bytes)
    return link
  }
  const asCid = (link: Link | null) => (link === null ? null : toCidLink(fromString(cidOf(link))))
  let chain: Link | null = null
  for (let depth = 0; depth < 12_000; depth++) chain = await add(encode({ e: [], l: asCid(chain) }))
  const path = 'app.waypost.checkin/4'
  const entry = { k: toBytes(Buffer.from(path)), p: 0, t: asCid(chain), v: asCid(linkOf(VALUES[0]!)) }
  const root = await add(encode({ e: [entry], l: asCid(chain) }))
  const blocks = { root, byLink: nodes }
  for (const told of [
    op('create', path, { cid: VALUES[0]! }),
    op('delete', 'app.waypost.checkin/9', { prev: VALUES[0]! }),
  ]) {
    const inverted = invertOps(blocks, root, [told])
    assert.ok(!inverted.ok && inverted.error.reason === 'car-malformed', told.action)
  }
  assert.equal(readTree(blocks, root).ok, false)
})

/** Nodes made by hand, as no honest repository has them. */
class Malformed {
  readonly #nodes = new Map<Link, Uint8Array>()

  /** `below`: the subtree before each key, and the last. */
  async node(keys: readonly string[], below: readonly (Link | undefined)[]): Promise<Link> {
    const linked = (link: Link | undefined) => (link === undefined ? null : toCidLink(fromString(cidOf(link))))
    const e = keys.map((name, index) => {
      const before = keys[index - 1] ?? ''
      let p = 0
      while (p < before.length && before[p] === name[p]) p++
      return { k: toBytes(Buffer.from(name.slice(p))), p, t: linked(below[index + 1]), v: linked(linkOf(VALUES[0]!)) }
    })
    const bytes = encode({ e, l: linked(below[0]) })
    const link = linkOf(await cidOfBytes(bytes))
    this.#nodes.set(link, bytes)
    return link
  }

  /** Why this is no whole tree. */
  read(root: Link): string {
    const read = readTree({ root, byLink: this.#nodes }, root)
    return read.ok ? 'ok' : `${read.error.reason}: ${read.error.detail}`
  }

  /** Why the creation of these keys is refused. */
  told(root: Link, keys: readonly string[]): string {
    const ops = keys.map((name) => op('create', name, { cid: VALUES[0]! }))
    const inverted = invertOps({ root, byLink: this.#nodes }, root, ops)
    return inverted.ok ? 'ok' : `${inverted.error.reason}: ${inverted.error.detail}`
  }
}

/** So many keys of one height, in order. */
function keysOf(height: number, count: number, from = 0): readonly string[] {
  const keys: string[] = []
  for (let number = from; keys.length < count; number++) {
    const name = `app.waypost.checkin/${String(number).padStart(6, '0')}`
    if (keyHeight(name) === height) keys.push(name)
  }
  return keys
}

test('a key that stands on a level that is not its own is refused', async () => {
  const tree = new Malformed()
  const [top, low] = [keysOf(1, 1)[0]!, keysOf(0, 1, 1_000)[0]!]
  assert.equal(tree.told(await tree.node([top, low], []), [low]), 'car-malformed: key on a level that is not its own')
  assert.equal(tree.told(await tree.node([top], [undefined, await tree.node([low], [])]), [low]), 'ok')
})

test('a node with more entries than the limit says is refused', async () => {
  const tree = new Malformed()
  const told = async (count: number) => {
    const keys = keysOf(0, count)
    return tree.told(await tree.node(keys, []), keys.slice(0, 1))
  }
  assert.equal(await told(512), 'ok')
  assert.equal(await told(513), 'car-malformed: tree node')
})

test('a key that goes astray while others are taken out is refused, and throws nothing', async () => {
  const tree = new Malformed()
  const [top] = keysOf(1, 1)
  const [later, latest] = keysOf(0, 2, 1_000)
  // What stands before the top key is greater than what stands after it.
  const root = await tree.node(
    [top!],
    [await tree.node([latest!], [undefined, undefined]), await tree.node([later!], [undefined, undefined])],
  )
  assert.equal(tree.told(root, [later!]), 'ok')
  assert.equal(tree.told(root, [top!, later!]), 'car-malformed: keys out of order')
})

test('a tree with a node of nothing is no repository', async () => {
  const tree = new Malformed()
  const [top] = keysOf(1, 1)
  const nothing = await tree.node([], [])
  assert.equal(tree.read(await tree.node([top!], [])), 'ok')
  assert.equal(tree.read(nothing), 'ok')
  assert.equal(tree.read(await tree.node([top!], [nothing, undefined])), 'car-malformed: empty node')
})

test('a node that stands in two places is refused', async () => {
  const tree = new Malformed()
  const [top] = keysOf(1, 1)
  const leaf = await tree.node(keysOf(0, 3, 1_000), [])
  assert.equal(tree.told(await tree.node([top!], [leaf, leaf]), [top!]), 'car-malformed: tree node in two places')
})

test('two nodes that would be one of too many entries are refused', async () => {
  const tree = new Malformed()
  const [top] = keysOf(1, 1, 10_000)
  const told = async (count: number): Promise<string> => {
    const [left, right] = [await tree.node(keysOf(0, count), []), await tree.node(keysOf(0, 256, 20_000), [])]
    return tree.told(await tree.node([top!], [left, right]), [top!])
  }
  assert.equal(await told(256), 'ok')
  assert.equal(await told(257), 'car-malformed: tree node of too many entries')
})

test('the empty tree is the one that the specification names', async () => {
  assert.equal(await new Judge().empty(), cidOf(EMPTY_TREE))
})

async function cidOfBytes(bytes: Uint8Array): Promise<Cid> {
  return toString(await create(0x71, bytes))
}
