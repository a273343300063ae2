import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { explain } from '../api.ts'
import { say } from './toast.tsx'

/** Every answer that is held: for what changes who sees whom. */
export const EVERYTHING: readonly QueryKey[] = [[]]

/**
 * What a button does: busy meanwhile; answers that it changed are asked for again; what failed is said in a sentence.
 * Resolves to whether it succeeded.
 */
export function useAct() {
  const queryClient = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const act = async (what: () => Promise<unknown>, changed: readonly QueryKey[] = []): Promise<boolean> => {
    setBusy(true)
    try {
      await what()
      await Promise.all(changed.map((queryKey) => queryClient.invalidateQueries({ queryKey })))
      return true
    } catch (fault) {
      say(explain(fault))
      return false
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, act }
}
