import type { app } from '@waypost/lexicon'
import { ok } from '@waypost/kernel'
import { WINDOW_DAYS } from '#project/mayor-rule.ts'
import { RULES } from '#query/points.ts'
import { FREEZE_EARNED_WEEKS } from '#query/streak.ts'
import type { ReadHandler } from '#serve/handler.ts'

type Params = app.waypost.game.getRules.$Params
type Output = app.waypost.game.getRules.$OutputBody

export const getRules: ReadHandler<Params, Output> = () =>
  ok({
    rules: RULES.map((rule) => ({ ...rule })),
    mayorWindowDays: WINDOW_DAYS,
    freezeEarnedWeeks: FREEZE_EARNED_WEEKS,
  })
