import type { Did } from '@waypost/kernel'
import { takingBack } from '#serve/own-mark.ts'

export const unfollow = takingBack((own, did, subject) => own.follows(did, subject as Did))
