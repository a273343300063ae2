export { askedWords, fitOf, OTHER_NAME_FIT, SLIP_SHARE, type AskedWords, type Named } from './fit.ts'
export { foldName, joinWords, nameForms } from './fold-name.ts'
export { slipsBetween, slipsForgiven, slipsForgivenIn, slipsToBeginning } from './slips.ts'
export { asNear, rankOf, weightOf, type Weighed } from './rank.ts'
