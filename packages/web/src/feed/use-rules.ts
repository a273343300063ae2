import { useQuery } from '@tanstack/react-query'
import { ask } from '../api.ts'
import { ruleWords } from './rule-words.ts'

/** What check-ins are worth, as the server says; it changes with the server alone. */
export function useRules() {
  return useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ask('app.waypost.game.getRules', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** What each rule is called; by its id until the server has said what rules there are. */
export function useRuleLabels(): (rule: string) => string {
  const rules = useRules()
  return (rule) =>
    ruleWords(rules.data?.rules.find(({ id }) => id === rule) ?? { id: rule, label: rule, about: '' }).label
}
