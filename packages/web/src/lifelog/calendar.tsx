import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import { dateFormat } from '../language/formats.ts'
import { t } from '../language/pages.ts'
import { searchCheckinsPath } from '../paths.ts'
import { type CalendarHalf, halvesOf, strengthOf } from './calendar-days.ts'

interface CalendarProps {
  readonly year: number
  /** How many check-ins were on which day. */
  readonly counts: ReadonlyMap<string, number>
  /** Whose, for the search that a day leads to. */
  readonly person: string
}

/** A year of days, stronger where there was more. One stop for the keyboard: the arrow keys go from day to day. */
export function Calendar({ year, counts, person }: CalendarProps) {
  const halves = useMemo(() => halvesOf(year), [year])
  const days = useMemo(() => [...counts.keys()].toSorted(), [counts])
  const most = Math.max(1, ...counts.values())
  const [chosen, setChosen] = useState<string>()
  const grid = useRef<HTMLDivElement>(null)
  const current = chosen !== undefined && counts.has(chosen) ? chosen : undefined
  const stop = current ?? days.at(-1)

  const go = (event: KeyboardEvent) => {
    const at = stop === undefined ? -1 : days.indexOf(stop)
    const to = {
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      Home: 0,
      End: days.length - 1,
    }[event.key]
    const day = to === undefined ? undefined : days[to]
    if (day === undefined) return
    event.preventDefault()
    setChosen(day)
    grid.current?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus()
  }

  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return (
    <div className="calendar">
      <div ref={grid} className="calendar-halves" role="group" aria-label={t.lifelog.daysOf(year)} onKeyDown={go}>
        {halves.map((half, nth) => (
          <Half key={nth} half={half} counts={counts} most={most} current={current} stop={stop} onChoose={setChosen} />
        ))}
      </div>
      <p className="calendar-told">
        {current === undefined ? (
          t.lifelog.sum(total, counts.size, year)
        ) : (
          <>
            <span>{t.lifelog.day(dayInFull(current), counts.get(current) ?? 0)}</span>
            <Link href={searchCheckinsPath({ person, since: current, until: current })} className="calendar-see">
              {t.lifelog.see(counts.get(current) ?? 0)}
            </Link>
          </>
        )}
      </p>
    </div>
  )
}

interface HalfProps {
  readonly half: CalendarHalf
  readonly counts: ReadonlyMap<string, number>
  readonly most: number
  readonly current: string | undefined
  /** Where the keyboard comes in. */
  readonly stop: string | undefined
  readonly onChoose: (day: string) => void
}

function Half({ half, counts, most, current, stop, onChoose }: HalfProps) {
  return (
    <div className="calendar-half">
      {half.months.map(({ month, column }) => (
        <span
          key={month}
          className="calendar-month"
          style={{ gridColumn: `${column} / span 4`, gridRow: 1 }}
          aria-hidden="true"
        >
          {monthName(month)}
        </span>
      ))}
      {half.days.map(({ day, column, row }) => {
        const count = counts.get(day) ?? 0
        const at = { gridColumn: column, gridRow: row + 1 }
        if (count === 0) return <span key={day} className="calendar-day" style={at} />
        return (
          <button
            key={day}
            type="button"
            className="calendar-day"
            style={at}
            data-day={day}
            data-strength={strengthOf(count, most)}
            aria-label={t.lifelog.day(dayInFull(day), count)}
            aria-pressed={day === current}
            tabIndex={day === stop ? 0 : -1}
            onClick={() => onChoose(day)}
            onFocus={() => onChoose(day)}
            onPointerEnter={({ pointerType }) => {
              if (pointerType === 'mouse') onChoose(day)
            }}
          />
        )
      })}
    </div>
  )
}

function dayInFull(day: string): string {
  return dateFormat({ dateStyle: 'full', timeZone: 'UTC' }).format(new Date(day))
}

function monthName(month: number): string {
  return dateFormat({ month: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, month, 1))
}
