import { keepStored, readStored } from '../device/stored.ts'
import { t } from '../language/pages.ts'
import type { Precision } from './draft.ts'

const CHOICES: readonly Precision[] = ['none', 'city', 'area', 'street', 'exact']

const STORED_AS = 'waypost-precision'

/** What this device begins with when its person checks in. */
export function usualPrecision(): Precision {
  const stored = readStored(STORED_AS)
  return CHOICES.find((value) => value === stored) ?? 'none'
}

/** False where this browser keeps nothing. */
export function keepPrecision(precision: Precision): boolean {
  return keepStored(STORED_AS, precision)
}

interface PrecisionChoiceProps {
  readonly chosen: Precision
  readonly onChoose: (precision: Precision) => void
}

/** How exactly the own position is told: to stand in a fieldset that says so. */
export function PrecisionChoice({ chosen, onChoose }: PrecisionChoiceProps) {
  return (
    <div className="segments segments-words segments-wide">
      {CHOICES.map((value) => (
        <label key={value} className="segment" data-chosen={chosen === value || undefined}>
          <input
            type="radio"
            name="precision"
            className="visually-hidden"
            checked={chosen === value}
            onChange={() => onChoose(value)}
          />
          {t.compose.precisions[value]}
        </label>
      ))}
    </div>
  )
}
