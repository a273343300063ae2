import { basename } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { JSONParser } from '@streamparser/json'
import { categoryOf } from '@waypost/lexicon/category-names'
import { bytesOf, linesOf, type Meter } from './lines.ts'
import { readPbf } from './osm-pbf.ts'
import { namesIn, osmRow, streetOf, type Fields } from './osm-row.ts'
import type { RawPlace, Rows } from './place-row.ts'
import { recordsOf } from './records.ts'

/**
 * Files of places, one row at a time, in memory that does not grow with them. A row that cannot be read is `undefined`;
 * a file that cannot be read as what its name says throws an `Error` that says why. One file: what the formats have in
 * common is seen side by side.
 */

export interface PlaceFile {
  /** `osm`, `fsq`, `overture`, `geonames`, `wof`, `openflights`, or `csv` and `geojson` for what is of none of them. */
  readonly source: string
  rows(): Rows
}

export async function openPlaceFile(file: string, meter: Meter): Promise<PlaceFile> {
  const name = file.toLowerCase().replace(/\.gz$/, '')
  if (name.endsWith('.osm.pbf') || name.endsWith('.pbf')) return { source: 'osm', rows: () => readPbf(file) }
  if (name.endsWith('.geojson') || name.endsWith('.json')) {
    return { source: (await hasOsmIds(file)) ? 'osm' : 'geojson', rows: () => readGeojson(file, meter) }
  }
  if (name.endsWith('.parquet')) return openParquet(file)
  if (/alternatenames[^/]*\.txt$/.test(name)) return { source: 'geonames', rows: () => readAlternateNames(file, meter) }
  if (name.endsWith('.txt')) return { source: 'geonames', rows: () => readGeonames(file, meter) }
  if (name.endsWith('.csv') || name.endsWith('.tsv')) return openTable(file, meter)
  throw new Error(`${file}: not .csv, .tsv, .txt (GeoNames), .geojson, .osm.pbf or .parquet, with .gz or without`)
}

async function openTable(file: string, meter: Meter): Promise<PlaceFile> {
  const header = await firstLine(file)
  const delimiter = ['\t', ';', ','].find((each) => header.includes(each)) ?? ','
  const columns = header.split(delimiter).map((column) => column.trim().toLowerCase().replaceAll('"', ''))
  const has = (...names: readonly string[]): boolean => names.every((name) => columns.includes(name))
  if (
    !has('name') ||
    !['lat', 'latitude'].some((name) => has(name)) ||
    !['lon', 'lng', 'longitude'].some((name) => has(name))
  ) {
    throw new Error(
      `${file}: a table of places needs a header with name, lat and lon; this one has ${columns.join(', ').slice(0, 200)}`,
    )
  }
  // Extracts of OpenStreetMap without its ids have nothing but the name of the file to tell them by.
  const isOsm = has('osm_id') || (has('category') && /^osm(?![a-z])/i.test(basename(file)))
  const source = isOsm
    ? 'osm'
    : has('fsq_place_id')
      ? 'fsq'
      : has('geonameid')
        ? 'geonames'
        : has('orig_category', 'status')
          ? 'wof'
          : has('iata', 'icao')
            ? 'openflights'
            : 'csv'
  return { source, rows: () => readTable(file, { delimiter, columns, meter }) }
}

async function firstLine(file: string): Promise<string> {
  for await (const line of linesOf(file)) if (line !== undefined) return line
  throw new Error(`${file}: is empty`)
}

async function* readTable(
  file: string,
  { delimiter, columns, meter }: { delimiter: string; columns: readonly string[]; meter: Meter },
): Rows {
  let isHeader = true
  for await (const fields of recordsOf(linesOf(file, meter), delimiter)) {
    if (isHeader) isHeader = false
    else if (fields === undefined || fields.length < Math.min(3, columns.length)) yield undefined
    else yield tableRow(Object.fromEntries(columns.map((column, at) => [column, fields[at]])))
  }
}

/**
 * For a row whose source gives it no id: its name and where it is. The number of the row would be that of another place
 * in another file, and in this one once a row is put in.
 */
function idByPlace(
  name: string | undefined,
  latitude: string | number | undefined,
  longitude: string | number | undefined,
): string {
  const point = [latitude, longitude].map((degrees) => Number(degrees).toFixed(5)).join(' ')
  return `${(name ?? '').trim().slice(0, 250).toWellFormed()} ${point}`
}

function tableRow(fields: Fields): RawPlace {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields[name]).find((text) => text !== undefined && text !== '' && text !== '\\N')
  const tags = tagsOf(first('tags_json'))
  const [name, latitude, longitude] = [first('name'), first('lat', 'latitude'), first('lon', 'lng', 'longitude')]
  return {
    sourceId: first('osm_id', 'fsq_place_id', 'geonameid', 'id') ?? idByPlace(name, latitude, longitude),
    name,
    names: { ...namesIn(tags), ...namesIn(fields) },
    category: telling([
      ...['subcategory', 'category', 'orig_category', 'feature_code', 'type'].map((column) => first(column)),
      ...labelsOf(first('fsq_category_labels')),
    ]),
    latitude,
    longitude,
    street: first('address', 'street') ?? streetOf(tags),
    locality: first('locality', 'city') ?? tags['addr:city'],
    region: first('region', 'admin1', 'state'),
    postalCode: first('postcode', 'postalcode', 'postal_code') ?? tags['addr:postcode'],
    country: first('country', 'country_code') ?? tags['addr:country'],
    closed:
      first('date_closed', 'closed') ?? (/clos|ceased|supersed/i.test(first('status') ?? '') ? 'closed' : undefined),
    population: Number(first('population') ?? Number.NaN) || undefined,
  }
}

/** The first that says one of our categories: one column may say less than the next. */
function telling(said: readonly (string | undefined)[]): string | undefined {
  return said.find((each) => categoryOf(each) !== undefined) ?? said.find((each) => each !== undefined)
}

/** Foursquare writes `[a > b, c > d]`, with commas also within a label; what is at the top tells where the next begins. */
function labelsOf(labels: string | undefined): readonly string[] {
  return (labels ?? '')
    .replace(/^\[|\]$/g, '')
    .replaceAll("'", '')
    .split(FSQ_NEXT)
    .filter(Boolean)
}

const FSQ_NEXT =
  /, *(?=(?:Arts and Entertainment|Business and Professional Services|Community and Government|Dining and Drinking|Event|Health and Medicine|Landmarks and Outdoors|Nightlife Spot|Retail|Sports and Recreation|Travel and Transportation)(?: >|,|$))/

function tagsOf(json: string | undefined): Fields {
  if (json === undefined) return {}
  try {
    const tags: unknown = JSON.parse(json)
    return typeof tags === 'object' && tags !== null ? (tags as Fields) : {}
  } catch {
    return {}
  }
}

interface Feature {
  readonly id?: unknown
  readonly properties?: Fields & { readonly '@id'?: string }
  readonly geometry?: { readonly type?: string; readonly coordinates?: unknown }
}

/** Features as the tools of OpenStreetMap and others write them; areas at the middle of their boxes. */
async function* readGeojson(file: string, meter: Meter): Rows {
  for await (const feature of featuresOf(file, meter)) yield featureRow(feature)
}

async function* featuresOf(file: string, meter?: Meter): AsyncGenerator<Feature, void> {
  const parser = new JSONParser({ paths: ['$.features.*'], keepStack: false })
  let found: Feature[] = []
  let fault: Error | undefined
  parser.onValue = ({ value }) => void found.push(value as unknown as Feature)
  parser.onError = (error) => void (fault = error)
  let nth = 0
  for await (const chunk of bytesOf(file, meter)) {
    if (!parser.isEnded) parser.write(chunk as Buffer)
    if (fault) throw new Error(`${file}: is no GeoJSON: ${(fault as Error).message}`)
    const features = found
    found = []
    nth += features.length
    yield* features
  }
  if (nth === 0) throw new Error(`${file}: is no GeoJSON with features, or ends too early`)
}

/** Only features with ids of OpenStreetMap are known to come from it; without any the file is read to its end. */
async function hasOsmIds(file: string): Promise<boolean> {
  for await (const feature of featuresOf(file)) if (osmIdOf(feature) !== undefined) return true
  return false
}

function osmIdOf({ id, properties }: Feature): string | undefined {
  return [properties?.['@id'], id].find(
    (each): each is string => typeof each === 'string' && /^(node|way|relation)\/\d+$/.test(each),
  )
}

function featureRow(feature: Feature): RawPlace | undefined {
  const { properties, geometry } = feature
  if (properties === undefined || properties === null) return undefined
  const points = positionsOf(geometry?.coordinates)
  const middle = (values: readonly number[]): number | undefined =>
    values.length === 0 ? undefined : (Math.min(...values) + Math.max(...values)) / 2
  const [lon, lat] = [middle(points.map((point) => point[0])), middle(points.map((point) => point[1]))]
  const name = typeof properties['name'] === 'string' ? properties['name'] : undefined
  const sourceId = osmIdOf(feature) ?? idByPlace(name, lat, lon)
  return (
    osmRow(sourceId, properties, { lat, lon }) ?? {
      sourceId,
      name,
      category: properties['category'],
      latitude: lat,
      longitude: lon,
    }
  )
}

/** The positions in coordinates of any depth; a position may have an altitude behind its longitude and latitude. */
function positionsOf(coordinates: unknown): readonly (readonly [lon: number, lat: number])[] {
  if (!Array.isArray(coordinates)) return []
  const [lon, lat] = coordinates as readonly unknown[]
  if (typeof lon !== 'number') return coordinates.flatMap(positionsOf)
  return typeof lat === 'number' ? [[lon, lat]] : []
}

/** The dump of GeoNames: no header, tabs, nineteen columns (download.geonames.org/export/dump/readme.txt). */
async function* readGeonames(file: string, meter: Meter): Rows {
  for await (const line of linesOf(file, meter)) {
    const columns = line?.split('\t') ?? []
    const [id, name, , others = '', latitude, longitude, , code, country, , region, , , , population] = columns
    if (columns.length < 15 || id === undefined) {
      yield undefined
      continue
    }
    const names = Object.fromEntries(
      others
        .split(',')
        .filter(Boolean)
        .slice(0, 20)
        .map((other, nth) => [`x-${nth}`, other]),
    )
    const gone = /^(PPLQ|PPLW|PPLH|PPLCH)$/.test(code ?? '') ? 'closed' : undefined
    yield {
      sourceId: id,
      name,
      names,
      category: code,
      latitude,
      longitude,
      region,
      country,
      closed: gone,
      population: Number(population) || undefined,
    }
  }
}

/** GeoNames' table of names in all languages, without a header: its own id, that of the place, the language, the name. */
async function* readAlternateNames(file: string, meter: Meter): Rows {
  for await (const line of linesOf(file, meter)) {
    const [, sourceId, lang, otherName] = line?.split('\t') ?? []
    yield sourceId === undefined || lang === undefined ? undefined : { sourceId, lang, otherName }
  }
}

/** Foursquare's and Overture's, told apart by their columns. */
async function openParquet(file: string): Promise<PlaceFile> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  const quoted = file.replaceAll("'", "''")
  let columns: readonly string[]
  try {
    await connection.run(`create view rows as select * from read_parquet('${quoted}')`)
    columns = (await connection.runAndReadAll('describe rows')).getRows().map(([name]) => String(name))
  } catch (fault) {
    throw new Error(
      `${file}: cannot be read as parquet: ${fault instanceof Error ? fault.message.split('\n')[0] : String(fault)}`,
      { cause: fault },
    )
  }
  const has = (name: string): boolean => columns.includes(name)
  const sql = has('fsq_place_id')
    ? `select fsq_place_id as id, name, null as names, latitude as lat, longitude as lon, address, locality, region, postcode, country,
         cast(date_closed as varchar) as closed, cast(fsq_category_labels[1] as varchar) as category from rows`
    : has('names') && (has('bbox') || has('geometry'))
      ? overtureSql(has)
      : undefined
  if (sql === undefined)
    throw new Error(
      `${file}: is neither Foursquare OS Places nor Overture Places; its columns are ${columns.join(', ').slice(0, 200)}`,
    )
  return {
    source: has('fsq_place_id') ? 'fsq' : 'overture',
    async *rows() {
      const result = await connection.stream(sql)
      for await (const chunk of result.yieldRowObjectJson()) {
        for (const fields of chunk as readonly Record<string, unknown>[]) yield parquetRow(fields)
      }
      connection.closeSync()
    },
  }
}

/** Releases of Overture differ in their columns: the point is in a box or in a geometry, the category in one of three. */
function overtureSql(has: (column: string) => boolean): string {
  const [lat, lon] = has('bbox') ? ['(bbox.ymin + bbox.ymax) / 2', '(bbox.xmin + bbox.xmax) / 2'] : ['null', 'null']
  const categories = [
    ...(has('categories') ? ['categories.primary'] : []),
    ...(has('taxonomy') ? ['taxonomy.primary'] : []),
    ...(has('basic_category') ? ['basic_category'] : []),
  ]
  const address = ['freeform', 'locality', 'region', 'postcode', 'country'].map((part) =>
    has('addresses') ? `addresses[1].${part} as ${part}` : `null as ${part}`,
  )
  return `select id, names.primary as name, cast(to_json(names.common) as varchar) as names, ${lat} as lat, ${lon} as lon,
    ${has('geometry') ? 'hex(geometry)' : 'null'} as geometry, ${address.join(', ')},
    ${has('operating_status') ? "case when operating_status like '%closed%' then 'closed' end" : 'null'} as closed,
    coalesce(${[...categories, 'null', 'null'].join(', ')}) as category from rows`
}

/** A point as geometries of parquet hold it (well-known binary), in hexadecimal digits. */
function pointOf(hex: string | undefined): { readonly lat?: number; readonly lon?: number } {
  const bytes = Buffer.from(hex ?? '', 'hex')
  if (bytes.length < 21) return {}
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isLittleEndian = view.getUint8(0) === 1
  if (view.getUint32(1, isLittleEndian) % 1_000 !== 1) return {}
  return { lon: view.getFloat64(5, isLittleEndian), lat: view.getFloat64(13, isLittleEndian) }
}

function parquetRow(fields: Readonly<Record<string, unknown>>): RawPlace {
  const text = (name: string): string | undefined => {
    const value = fields[name]
    if (typeof value === 'string') return value
    return typeof value === 'number' ? String(value) : undefined
  }
  const point = pointOf(text('geometry'))
  return {
    sourceId: text('id') ?? '',
    name: text('name'),
    names: commonNames(text('names')),
    category: text('category'),
    latitude: fields['lat'] === null ? point.lat : Number(fields['lat']),
    longitude: fields['lon'] === null ? point.lon : Number(fields['lon']),
    street: text('address') ?? text('freeform'),
    locality: text('locality'),
    region: text('region'),
    postalCode: text('postcode'),
    country: text('country'),
    closed: text('closed'),
  }
}

/** A map as DuckDB writes it in JSON: an object, or a list of keys and values. */
function commonNames(json: string | undefined): Record<string, string> {
  const names = tagsOf(json) as unknown
  if (Array.isArray(names)) {
    return Object.fromEntries(
      (names as { key?: string; value?: string }[]).flatMap(({ key, value }) => (key && value ? [[key, value]] : [])),
    )
  }
  return Object.fromEntries(
    Object.entries(names as Fields).flatMap(([lang, name]) => (typeof name === 'string' ? [[lang, name]] : [])),
  )
}
