import assert from 'node:assert/strict'
import type { Did } from '@waypost/kernel'
import { checkRepo } from '#verify/repo.ts'
import { readCar, writeCar } from './car.ts'
import { itemsIn, nothing, writeItem } from './item.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import { mutateTree } from './mutate-tree.ts'
import { readable, reseal } from './reseal.ts'
import { objectionToSigned, treeOf } from './second-opinion.ts'
import type { Mutant, Scene, Target } from './target.ts'

export const repos: Target = {
  name: 'repos',
  about: 'whole repositories as a PDS answers them: changed as bytes, or inside and signed again',
  seeds: (corpus) => corpus.repos,
  mutate: (scene) =>
    scene.corpus.ownRepos.includes(scene.seed) && scene.dice.chance(0.6)
      ? mutateInside(scene)
      : { ...mutateBytes(scene.seed.bytes, scene.other.bytes, scene.dice), about: scene.seed.about, kind: 'raw' },
  async judge({ bytes, about }, corpus) {
    const key = corpus.keys.get(about) ?? corpus.keys.values().next().value!
    const checked = await checkRepo(bytes, about as Did, key)
    if (!checked.ok) return { said: checked.error.reason }
    const { did, rev, data, entries, records } = checked.value
    const kept = records.map(({ collection, rkey, cid, valid }) => ({ collection, rkey, cid, valid }))
    return { said: 'repository', meaning: { did, rev, data, entries, kept } }
  },
  async check(mutant, { said, meaning }, genuine, corpus) {
    if (mutant.kind === 'harmless') assert.equal(said, 'repository')
    if (said !== 'repository') return
    if (mutant.kind !== 'sealed') return assert.deepEqual(meaning, genuine.meaning)
    const { data, entries, kept } = meaning as {
      readonly data: string
      readonly entries: readonly { readonly path: string; readonly cid: string }[]
      readonly kept: readonly { readonly cid: string }[]
    }
    assert.equal(await treeOf(entries), data, 'the tree is not the one that these entries have')
    const person = corpus.people.find(({ did }) => did === mutant.about)!
    assert.deepEqual(await objectionToSigned(readCar(mutant.bytes), { did: person.did }, person.key.did), { data })
    assert.ok(kept.every(({ cid }) => entries.some((entry) => entry.cid === cid)))
  },
  reaches: ['repository', 'car-malformed', 'block-hash', 'block-missing', 'commit-mismatch', 'signature'],
  turns: 300,
}

async function mutateInside({ seed, other, dice, corpus }: Scene): Promise<Mutant> {
  const { key } = corpus.people.find(({ did }) => did === seed.about)!
  const car = readCar(seed.bytes)
  const donor = readCar(other.bytes)
  if (dice.chance(0.08)) {
    car.blocks.push(...car.blocks.splice(dice.below(car.blocks.length), 1), dice.one(car.blocks))
    return { bytes: writeCar(car), about: seed.about, by: 'blocks in another order', kind: 'harmless' }
  }
  const by: string[] = []
  for (let left = dice.few(3); left > 0; left--) {
    if (dice.chance(0.6)) by.push(mutateTree(car, dice))
    else if (dice.chance(0.3)) {
      by.push('block')
      car.blocks.splice(dice.below(car.blocks.length), 1, ...(dice.chance(0.5) ? [dice.one(donor.blocks)] : []))
    } else {
      const block = dice.one(car.blocks.slice(0, dice.chance(0.3) ? 1 : undefined))
      const item = readable(block.bytes)
      if (!item) continue
      by.push(`inside ${mutateItem(item, [...itemsIn(readable(dice.one(donor.blocks).bytes) ?? nothing())], dice)}`)
      block.bytes = writeItem(item)
    }
  }
  await reseal(car, key)
  return { bytes: writeCar(car), about: seed.about, by: by.join('+'), kind: 'sealed' }
}
