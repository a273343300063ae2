import { postJson, send } from '../api.ts'
import type { FollowedCheckin, OpsState } from '@waypost/lexicon/ops-state'

const PATH = '/ops/api'

/** How the server fares. @throws ApiError: `OpsOff` where there is no password, `AuthRequired` without it. */
export async function askState(signal: AbortSignal): Promise<OpsState> {
  return (await send(`${PATH}/state`, { signal, cache: 'no-store' })) as OpsState
}

/** The way of one check-in. @throws ApiError */
export async function askFollowed(uri: string): Promise<FollowedCheckin> {
  return (await send(`${PATH}/checkin?${new URLSearchParams({ uri })}`, { cache: 'no-store' })) as FollowedCheckin
}

/** @throws ApiError: `WrongPassword`, or status 429 */
export async function signInOperator(password: string): Promise<void> {
  await send(`${PATH}/sign-in`, postJson({ password }))
}

export async function signOutOperator(): Promise<void> {
  await send(`${PATH}/sign-out`, postJson({}))
}

/** Has the budget passed over for so many hours; 0 takes that back. Answers how the server fares then. @throws ApiError */
export async function overrideBudget(hours: number): Promise<OpsState> {
  return (await send(`${PATH}/budget`, postJson({ hours }))) as OpsState
}
