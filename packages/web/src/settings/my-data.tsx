import { Download, Trash2 } from 'lucide'
import { useState } from 'react'
import { t } from '../language/pages.ts'
import { Icon } from '../ui/icon.tsx'
import { useIsOffline } from '../ui/media.ts'
import type { ProfileViewBasic } from '../views.ts'
import { DeleteRecords } from './delete-records.tsx'

const FORMATS = [
  ['json', 'JSON'],
  ['geojson', 'GeoJSON'],
  ['gpx', 'GPX'],
  ['csv', 'CSV'],
] as const

/** Taking along what is one's own, and taking it back. */
export function MyData({ actor }: { readonly actor: ProfileViewBasic }) {
  const [isDeleting, setDeleting] = useState(false)
  const isOffline = useIsOffline()
  return (
    <section aria-labelledby="settings-data">
      <h2 className="section-title" id="settings-data">
        {t.settings.data}
      </h2>
      <p className="quiet">{t.settings.dataWhat}</p>
      {isOffline ? (
        <p className="quiet" role="status">
          {t.settings.dataOffline}
        </p>
      ) : (
        <ul className="exports">
          {FORMATS.map(([ending, name]) => (
            <li key={ending}>
              <a href={`/export/checkins.${ending}`} download className="button button-quiet">
                <Icon of={Download} size={17} />
                {name}
              </a>
              <span className="quiet">{t.settings.formats[ending]}</span>
            </li>
          ))}
        </ul>
      )}
      <button type="button" className="button button-danger" onClick={() => setDeleting(true)}>
        <Icon of={Trash2} size={17} />
        {t.settings.deleteMine}
      </button>
      {isDeleting && <DeleteRecords actor={actor} onClose={() => setDeleting(false)} />}
    </section>
  )
}
