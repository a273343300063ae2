/**
 * The one set of categories: what a place may be, in groups, each with a label and the name of an icon. What else people
 * and datasets call them is in `category-names.ts`. Pure; the server sorts by it and the client draws by it.
 */

export type Icon =
  | 'airport'
  | 'bakery'
  | 'bank'
  | 'bar'
  | 'beach'
  | 'bookshop'
  | 'building'
  | 'bus'
  | 'cafe'
  | 'camp'
  | 'castle'
  | 'cinema'
  | 'church'
  | 'clothes'
  | 'ferry'
  | 'fuel'
  | 'gallery'
  | 'grocery'
  | 'gym'
  | 'hairdresser'
  | 'home'
  | 'hospital'
  | 'hotel'
  | 'ice-cream'
  | 'landmark'
  | 'library'
  | 'mountain'
  | 'museum'
  | 'music'
  | 'park'
  | 'parking'
  | 'pet'
  | 'pharmacy'
  | 'pin'
  | 'pizza'
  | 'playground'
  | 'pool'
  | 'restaurant'
  | 'school'
  | 'shop'
  | 'stadium'
  | 'station'
  | 'theatre'
  | 'town'
  | 'university'
  | 'water'
  | 'wine'
  | 'work'

export interface Category {
  /** Dotted, from the general to the special: `food.cafe`. */
  readonly id: string
  readonly label: string
  readonly icon: Icon
}

type Entry = readonly [id: string, icon: Icon, label: string]

const SET = [
  ['food', 'restaurant', 'Food and drink'],
  ['food.cafe', 'cafe', 'Café'],
  ['food.bakery', 'bakery', 'Bakery'],
  ['food.ice_cream', 'ice-cream', 'Ice cream'],
  ['food.fast_food', 'pizza', 'Fast food'],
  ['food.pizza', 'pizza', 'Pizza'],
  ['food.burger', 'pizza', 'Burgers'],
  ['food.italian', 'restaurant', 'Italian'],
  ['food.japanese', 'restaurant', 'Japanese'],
  ['food.chinese', 'restaurant', 'Chinese'],
  ['food.korean', 'restaurant', 'Korean'],
  ['food.thai', 'restaurant', 'Thai'],
  ['food.vietnamese', 'restaurant', 'Vietnamese'],
  ['food.indian', 'restaurant', 'Indian'],
  ['food.asian', 'restaurant', 'Asian'],
  ['food.mexican', 'restaurant', 'Mexican'],
  ['food.latin_american', 'restaurant', 'Latin American'],
  ['food.french', 'restaurant', 'French'],
  ['food.spanish', 'restaurant', 'Spanish'],
  ['food.greek', 'restaurant', 'Greek'],
  ['food.middle_eastern', 'restaurant', 'Middle Eastern'],
  ['food.african', 'restaurant', 'African'],
  ['food.american', 'restaurant', 'American'],
  ['food.barbecue', 'restaurant', 'Barbecue'],
  ['food.steak', 'restaurant', 'Steakhouse'],
  ['food.seafood', 'restaurant', 'Seafood'],
  ['food.vegetarian', 'restaurant', 'Vegetarian'],
  ['food.breakfast', 'cafe', 'Breakfast'],
  ['food.restaurant', 'restaurant', 'Restaurant'],
  ['nightlife', 'bar', 'Nightlife'],
  ['nightlife.wine_bar', 'wine', 'Wine bar'],
  ['nightlife.brewery', 'bar', 'Brewery'],
  ['nightlife.pub', 'bar', 'Pub'],
  ['nightlife.club', 'music', 'Club'],
  ['nightlife.bar', 'bar', 'Bar'],
  ['nature', 'park', 'Nature'],
  ['nature.park', 'park', 'Park'],
  ['nature.viewpoint', 'mountain', 'Viewpoint'],
  ['nature.mountain', 'mountain', 'Mountain'],
  ['nature.beach', 'beach', 'Beach'],
  ['nature.water', 'water', 'Water'],
  ['nature.camp', 'camp', 'Campsite'],
  ['nature.farm', 'park', 'Farm'],
  ['nature.zoo', 'pet', 'Zoo'],
  ['culture', 'museum', 'Culture'],
  ['culture.museum', 'museum', 'Museum'],
  ['culture.gallery', 'gallery', 'Gallery'],
  ['culture.theatre', 'theatre', 'Theatre'],
  ['culture.cinema', 'cinema', 'Cinema'],
  ['culture.music_venue', 'music', 'Music venue'],
  ['culture.theme_park', 'landmark', 'Theme park'],
  ['culture.library', 'library', 'Library'],
  ['culture.castle', 'castle', 'Castle'],
  ['culture.landmark', 'landmark', 'Landmark'],
  ['culture.worship', 'church', 'Place of worship'],
  ['culture.event', 'music', 'Event'],
  ['travel', 'station', 'Travel'],
  ['travel.airport', 'airport', 'Airport'],
  ['travel.station', 'station', 'Station'],
  ['travel.bus', 'bus', 'Bus stop'],
  ['travel.ferry', 'ferry', 'Port'],
  ['travel.hotel', 'hotel', 'Hotel'],
  ['travel.fuel', 'fuel', 'Fuel'],
  ['travel.parking', 'parking', 'Parking'],
  ['travel.taxi', 'bus', 'Taxi and rental'],
  ['travel.road', 'landmark', 'Road'],
  ['shop', 'shop', 'Shops'],
  ['shop.grocery', 'grocery', 'Groceries'],
  ['shop.market', 'grocery', 'Market'],
  ['shop.books', 'bookshop', 'Bookshop'],
  ['shop.clothes', 'clothes', 'Clothes'],
  ['shop.mall', 'shop', 'Shopping centre'],
  ['shop.beauty', 'hairdresser', 'Hair and beauty'],
  ['shop.home', 'shop', 'House and garden'],
  ['shop.electronics', 'shop', 'Electronics'],
  ['shop.gifts', 'shop', 'Gifts'],
  ['sport', 'gym', 'Sport'],
  ['sport.gym', 'gym', 'Gym'],
  ['sport.stadium', 'stadium', 'Stadium'],
  ['sport.centre', 'gym', 'Sports centre'],
  ['sport.pool', 'pool', 'Swimming'],
  ['sport.pitch', 'stadium', 'Pitch'],
  ['sport.playground', 'playground', 'Playground'],
  ['care', 'hospital', 'Health'],
  ['care.hospital', 'hospital', 'Hospital'],
  ['care.doctor', 'hospital', 'Doctor'],
  ['care.pharmacy', 'pharmacy', 'Pharmacy'],
  ['care.vet', 'pet', 'Vet'],
  ['civic', 'building', 'Community'],
  ['civic.school', 'school', 'School'],
  ['civic.university', 'university', 'University'],
  ['civic.post', 'building', 'Post office'],
  ['civic.police', 'building', 'Police'],
  ['civic.bank', 'bank', 'Bank'],
  ['civic.office', 'work', 'Office'],
  ['place', 'pin', 'Places'],
  ['place.home', 'home', 'Home'],
  ['place.town', 'town', 'Town'],
  ['place.building', 'building', 'Building'],
] as const satisfies readonly Entry[]

/** Ours, as literals: whoever names them all misses none. */
export type CategoryId = (typeof SET)[number][0]

export const CATEGORIES: readonly Category[] = SET.map(([id, icon, label]) => ({ id, label, icon }))

const byId = new Map(CATEGORIES.map((category) => [category.id, category]))

/** The category itself, or what is above it, for an id of the set. */
export function category(id: string | undefined): Category | undefined {
  return id === undefined ? undefined : byId.get(id)
}

/** Whether a category is another, or below it. */
export function isWithin(id: string, above: string): boolean {
  return id === above || id.startsWith(`${above}.`)
}
