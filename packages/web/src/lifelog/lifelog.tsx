import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { LifelogMap } from '../map/lifelog-map.tsx'
import { readGeo } from '../map/mercator.ts'
import { actorOf, nameOf } from '../ui/names.ts'
import { Segments } from '../ui/segments.tsx'
import { Failure } from '../ui/states.tsx'
import type { CheckinView, ProfileView } from '../views.ts'
import { Calendar } from './calendar.tsx'
import { YearSlider } from './year-slider.tsx'

interface LifelogProps {
  readonly person: ProfileView
  /** Their check-ins that the page has loaded. */
  readonly items: readonly CheckinView[]
  readonly isLoaded: boolean
  readonly year: number | undefined
  readonly onYear: (year: number | undefined) => void
}

/** Everything somebody told, by place and by day, of one year or of all. */
export function Lifelog({ person, items, isLoaded, year, onYear }: LifelogProps) {
  const isAny = person.checkinCount > 0
  const history = useHistory(person.did, year, isAny)
  const years = history.data?.years ?? []
  const calendarYear = year ?? years.at(-1)?.year
  const ofYear = useHistory(person.did, calendarYear, calendarYear !== undefined)
  const [drawn, setDrawn] = useState<'pins' | 'heat'>('pins')
  const points = useMemo(
    () =>
      (history.data?.points ?? []).flatMap(({ checkinCount: count, ...geo }) => {
        const at = readGeo(geo)
        return at === undefined ? [] : [{ ...at, count }]
      }),
    [history.data],
  )
  const counts = useMemo(
    () => new Map((ofYear.data?.days ?? []).map(({ day, checkinCount }) => [day, checkinCount])),
    [ofYear.data],
  )
  if (!isAny) return null
  if (history.isError) return <Failure fault={history.error} onRetry={() => void history.refetch()} />
  return (
    <section className="lifelog" aria-label={t.lifelog.heading}>
      <div className="section-head">
        <h2 className="section-title">{t.lifelog.heading}</h2>
        {points.length > 0 && (
          <Segments
            label={t.lifelog.mapShows}
            offered={[
              ['pins', t.lifelog.drawn.pins],
              ['heat', t.lifelog.drawn.heat],
            ]}
            chosen={drawn}
            onChoose={setDrawn}
          />
        )}
      </div>
      <LifelogMap
        label={t.person.map(nameOf(person))}
        actor={person.did}
        year={year}
        items={items}
        points={points}
        isHeat={drawn === 'heat'}
        isLoaded={isLoaded && !history.isPending}
      />
      <YearSlider years={years} year={year} onYear={onYear} />
      {calendarYear === undefined ? (
        <p className="bone bone-photo" role="status" aria-label={t.lifelog.loading} />
      ) : (
        <Calendar year={calendarYear} counts={counts} person={actorOf(person)} />
      )}
    </section>
  )
}

function useHistory(actor: string, year: number | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ['history', actor, year],
    queryFn: ({ signal }) => ask('app.waypost.actor.getHistory', { actor, year }, signal),
    enabled,
    // The slider goes by without the page jumping.
    placeholderData: keepPreviousData,
  })
}
