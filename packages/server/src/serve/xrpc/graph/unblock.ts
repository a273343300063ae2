import { takingBack } from '#serve/own-mark.ts'

export const unblock = takingBack((own, did, subject) => own.blocks(did, subject))
