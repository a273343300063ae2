import { type ReactNode, useState } from 'react'
import { Listed } from '../language/listed.tsx'
import { t } from '../language/pages.ts'
import { countryOf } from '../ui/names.ts'
import type { PersonStats } from '../views.ts'

const STAMPS_SHOWN = 6
const CITIES_SHOWN = 4

/** A stamp for each country somebody was in, with its cities. */
export function Passport({ stats }: { readonly stats: PersonStats }) {
  const [isWhole, setWhole] = useState(false)
  const { countries, cities } = stats
  if (countries.length === 0) return null
  const shown = isWhole ? countries : countries.slice(0, STAMPS_SHOWN)
  return (
    <section className="passport-book" aria-label={t.lifelog.passport}>
      <h2 className="section-title">{t.lifelog.passport}</h2>
      <ul role="list" className="passport-stamps">
        {shown.map(({ country, checkinCount, firstAt }) => {
          const own = cities.filter((city) => city.country === country)
          return (
            <li key={country} className="passport-stamp">
              <p className="passport-country">
                <bdi>{countryOf(country)}</bdi>
              </p>
              <p className="quiet">{t.lifelog.since(checkinCount, Number(firstAt.slice(0, 4)))}</p>
              {own.length > 0 && (
                <p className="passport-cities">
                  <Listed parts={namesOf(own, isWhole)} />
                </p>
              )}
            </li>
          )
        })}
      </ul>
      {!isWhole && (countries.length > STAMPS_SHOWN || cities.length > CITIES_SHOWN) && (
        <button type="button" className="button button-quiet" onClick={() => setWhole(true)}>
          {t.lifelog.everyStamp}
        </button>
      )}
    </section>
  )
}

function namesOf(cities: PersonStats['cities'], isWhole: boolean): readonly ReactNode[] {
  const shown = cities.slice(0, isWhole ? undefined : CITIES_SHOWN)
  const names = shown.map(({ name }) => <bdi key={name}>{name}</bdi>)
  return shown.length < cities.length ? [...names, t.lifelog.more(cities.length - shown.length)] : names
}
