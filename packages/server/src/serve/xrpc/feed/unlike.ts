import { takingBack } from '#serve/own-mark.ts'

export const unlike = takingBack((own, did, subject) => own.likes(did, subject))
