import { refuse, type Result } from '@waypost/kernel'
import { Written, type XrpcFault } from '#serve/handler.ts'
import type { QueryContext } from './method.ts'

type Answer<Params, Output> = (params: Params, context: QueryContext) => Result<Output | Written<Output>, XrpcFault>

/** Answers as ever, unless there is a reason not to; what is held of its answers then no longer holds. */
export function unless(refusal: (() => XrpcFault | undefined) | undefined) {
  return <Params, Output>(answer: Answer<Params, Output>): Answer<Params, Output> => {
    if (!refusal) return answer
    return (params, context) => {
      const refused = refusal()
      if (refused) return refuse(refused)
      const answered = answer(params, context)
      if (!answered.ok || !(answered.value instanceof Written)) return answered
      const { bytes, isStill } = answered.value
      return { ...answered, value: new Written(bytes, isStill && (() => refusal() === undefined && isStill())) }
    }
  }
}
