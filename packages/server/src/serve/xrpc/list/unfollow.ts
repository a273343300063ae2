import { takingBack } from '#serve/own-mark.ts'

export const unfollowList = takingBack((own, did, subject) => own.listFollows(did, subject))
