import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNatsEngine } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import { differingReplicas } from '#project/told-digests.ts'
import type { EngineChoice } from './engine-choice.ts'

/** What `waypost audit` says of the replicas. It writes nothing, and so needs no data folder of its own. */
export async function auditReplicas(
  world: World,
  { servers, monitors }: Exclude<EngineChoice, { readonly kind: 'embedded' }>,
): ReturnType<typeof differingReplicas> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-audit-'))
  try {
    await using engine = await openNatsEngine({ world, folder, servers, monitors })
    return await differingReplicas(engine.keyValue)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
