import { type CSSProperties, useId } from 'react'
import { t } from '../language/pages.ts'

export interface YearCount {
  readonly year: number
  readonly checkinCount: number
}

interface YearSliderProps {
  /** The first one first. */
  readonly years: readonly YearCount[]
  /** Undefined: all of them. */
  readonly year: number | undefined
  readonly onYear: (year: number | undefined) => void
}

/** One year or all, with how much was in each; nothing where there is only one. */
export function YearSlider({ years, year, onYear }: YearSliderProps) {
  const id = useId()
  if (years.length < 2) return null
  const at = years.findIndex((each) => each.year === year)
  const most = Math.max(...years.map(({ checkinCount }) => checkinCount))
  const total = years.reduce((sum, { checkinCount }) => sum + checkinCount, 0)
  const chosen = years[at]
  const words = chosen === undefined ? t.lifelog.allYears : String(chosen.year)
  const count = t.counts.checkins(chosen?.checkinCount ?? total)
  return (
    <div className="years">
      <p className="years-head">
        <label htmlFor={id}>
          <span className="visually-hidden">{t.lifelog.year}</span>
          <strong>{words}</strong>
        </label>
        <span className="quiet">{count}</span>
      </p>
      <div className="years-bars" aria-hidden="true">
        {years.map(({ year: each, checkinCount }, nth) => (
          <span
            key={each}
            data-chosen={chosen === undefined || each === year || undefined}
            style={{ '--at': nth / years.length, '--share': checkinCount / most } as CSSProperties}
          />
        ))}
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={years.length}
        step={1}
        value={chosen === undefined ? years.length : at}
        aria-valuetext={`${words}, ${count}`}
        onChange={({ target }) => onYear(years[Number(target.value)]?.year)}
      />
      <p className="years-ends quiet" aria-hidden="true">
        <span>{years[0]?.year}</span>
        <span>{t.lifelog.all}</span>
      </p>
    </div>
  )
}
