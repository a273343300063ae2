import { escapeMarkup } from '#serve/markup.ts'
import type { ExportedCheckin } from './exported-checkin.ts'

/**
 * The files that a person's check-ins are taken along in. Each is written piece by piece, so that a life of check-ins is
 * never in memory as a whole: a beginning, one piece for each check-in, an end.
 */
export interface ExportFormat {
  readonly type: string
  begin(about: ExportAbout): string
  /** Empty where the format has no place for it. */
  piece(checkin: ExportedCheckin, isFirst: boolean): string
  readonly end: string
}

export interface ExportAbout {
  readonly did: string
  readonly exportedAt: string
}

const json: ExportFormat = {
  type: 'application/json',
  begin: (about) => `${JSON.stringify(about).slice(0, -1)},"checkins":[\n`,
  piece: (checkin, isFirst) => separated(JSON.stringify(checkin), isFirst),
  end: '\n]}\n',
}

/** RFC 7946. */
const geojson: ExportFormat = {
  type: 'application/geo+json',
  begin: () => '{"type":"FeatureCollection","features":[\n',
  piece(checkin, isFirst) {
    const { place, uri, ...rest } = checkin
    const { latitude, longitude, ...where } = place
    const geometry =
      latitude === undefined || longitude === undefined
        ? null
        : { type: 'Point', coordinates: [Number(longitude), Number(latitude)] }
    const feature = { type: 'Feature', id: uri, geometry, properties: { ...rest, place: where } }
    return separated(JSON.stringify(feature), isFirst)
  },
  end: '\n]}\n',
}

/** GPX 1.1: waypoints. A waypoint must have a point, so that a check-in without one is left out. */
const gpx: ExportFormat = {
  type: 'application/gpx+xml',
  begin: ({ exportedAt }) =>
    `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Waypost" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><time>${exportedAt}</time></metadata>
`,
  piece({ place, time, text, photos, uri }) {
    const { latitude, longitude, name, category } = place
    if (latitude === undefined || longitude === undefined) return ''
    const links = photos.map(({ url }) => `<link href="${xml(url)}"/>`)
    return `<wpt lat="${xml(latitude)}" lon="${xml(longitude)}"><time>${time}</time><name>${xml(name)}</name>${
      text === undefined ? '' : `<desc>${xml(text)}</desc>`
    }<src>${xml(uri)}</src>${links.join('')}${category === undefined ? '' : `<type>${xml(category)}</type>`}</wpt>\n`
  },
  end: '</gpx>\n',
}

const COLUMNS: readonly (readonly [name: string, value: (checkin: ExportedCheckin) => string | undefined])[] = [
  ['time', ({ time }) => time],
  ['place', ({ place }) => place.name],
  ['category', ({ place }) => place.category],
  ['latitude', ({ place }) => place.latitude],
  ['longitude', ({ place }) => place.longitude],
  ['street', ({ place }) => place.address?.['street']],
  ['locality', ({ place }) => place.address?.['locality']],
  ['region', ({ place }) => place.address?.['region']],
  ['country', ({ place }) => place.address?.['country']],
  ['text', ({ text }) => text],
  ['photos', ({ photos }) => photos.map(({ url }) => url).join(' ')],
  ['with', (checkin) => checkin.with.join(' ')],
  ['likes', ({ likeCount }) => String(likeCount)],
  ['comments', ({ commentCount }) => String(commentCount)],
  ['source', ({ source }) => source],
  ['uri', ({ uri }) => uri],
]

/** RFC 4180, in UTF-8 with a mark that tells spreadsheets so. */
const csv: ExportFormat = {
  type: 'text/csv; charset=utf-8; header=present',
  begin: () => `\ufeff${COLUMNS.map(([name]) => name).join(',')}\r\n`,
  piece: (checkin) => `${COLUMNS.map(([, value]) => cell(value(checkin) ?? '')).join(',')}\r\n`,
  end: '',
}

export const EXPORT_FORMATS: Readonly<Record<string, ExportFormat>> = { json, geojson, gpx, csv }

function separated(piece: string, isFirst: boolean): string {
  return isFirst ? piece : `,\n${piece}`
}

/** Spreadsheets take some beginnings for a formula: such a text gets an apostrophe in front. Numbers stay numbers. */
function cell(text: string): string {
  const isFormula = /^\s*[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** XML has no way to write most control characters, nor half of a surrogate pair. */
function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return escapeMarkup(text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''))
}
