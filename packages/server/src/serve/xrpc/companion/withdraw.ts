import { takingBack } from '#serve/own-mark.ts'

export const withdraw = takingBack((own, did, subject) => own.acceptances(did, subject))
