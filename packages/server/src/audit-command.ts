import { auditCopies, repairCopies, type Damage, type RepairRefusal, type RepairStep } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import { auditReplicas } from './audit-replicas.ts'
import type { EngineChoice } from './engine-choice.ts'

type Shared = Exclude<EngineChoice, { readonly kind: 'embedded' }>

export interface AuditTerminal {
  readonly print: (text: string) => void
  /** Ctrl-C. */
  readonly signal: AbortSignal
}

/**
 * `waypost audit`: answers the exit code, 0 where all copies are whole and all replicas hold the same. With `repair`,
 * damaged copies are filled anew first, one server after another, where the others leave no doubt of what is right.
 */
export async function audit(
  world: World,
  engine: Shared,
  { repair, print, signal }: AuditTerminal & { readonly repair: boolean },
): Promise<number> {
  let damages = await auditCopies({ world, servers: engine.servers })
  for (const damage of damages) print(describe(damage))
  if (repair && damages.length > 0) {
    if (await repairAll(world, engine, { damages, print, signal })) {
      damages = await auditCopies({ world, servers: engine.servers })
      for (const damage of damages) print(describe(damage))
    }
  }
  if (damages.length === 0) print('All copies are whole.')
  const { compared, differing } = await auditReplicas(world, engine)
  for (const { replica, next, isOutvoted } of differing) {
    print(
      isOutvoted
        ? `${replica}: its read model is not that of the others (before position ${next}): stop it, delete read-model-* in its data folder, start it`
        : `${replica}: its read model is not that of another, and nobody can tell which is right (before position ${next}): rebuild both`,
    )
  }
  if (repair && differing.length > 0) print('Of replicas nothing is repaired from here: their folders are theirs.')
  if (differing.length === 0 && compared > 0) print(`All ${compared} replicas hold the same.`)
  return damages.length + differing.length > 0 ? 1 : 0
}

/** False: something was left as it was, and is said. */
async function repairAll(
  world: World,
  { servers, monitors }: Shared,
  { damages, print, signal }: AuditTerminal & { readonly damages: readonly Damage[] },
): Promise<boolean> {
  for (const [server, own] of Map.groupBy(damages, (damage) => damage.server)) {
    const tell = (step: RepairStep): void => print(`${server}: ${said(step)}`)
    const repaired = await repairCopies({ world, servers, monitors, damages: own, tell, signal })
    if (repaired.ok) continue
    print(`${server}: not repaired: ${REFUSALS[repaired.error]}`)
    return false
  }
  return true
}

function describe({ server, stream, missing }: Damage): string {
  return `${server}: its copy of ${stream} is damaged; ${missing} messages are missing`
}

function said(step: RepairStep): string {
  switch (step.kind) {
    case 'leader-moved':
      return `leads ${step.stream} no more; ${step.to} does`
    case 'stop':
      return 'stop this server now, in order (SIGTERM); its files stay'
    case 'let-go':
      return `the others keep ${step.stream} without it`
    case 'start':
      return 'start this server now; it throws its damaged copy away'
    case 'filling':
      return `${step.stream} is being filled; ${step.left} steps behind`
    case 'filled':
      return `${step.stream} is filled`
  }
}

const REFUSALS: Readonly<Record<RepairRefusal, string>> = {
  'not-two-whole':
    'there are not two whole copies that are alike, and nobody can tell which is right. Restore a backup, or lose the log and reseed it',
  'no-monitoring': 'none of the monitoring addresses is its own; name it in WAYPOST_ENGINE_MONITORS',
  'others-away': 'a server with a whole copy is away or behind; ask again once all are there',
  'not-stopped': 'it was not stopped in time; ask again',
  'not-started': 'it was not started in time; what it lacks is filled once it is there, then ask again',
  'other-let-go': 'the servers dropped another copy, which is being filled again; ask again once it is',
  'not-filled': 'it takes too long; ask again later',
  'given-up': 'stopped; the servers are asked for as many copies as before',
}
