/**
 * What a category id looks like. Ids are dotted, from the general to the special (`food.cafe`); foreign ones come as
 * `amenity=cafe` or as words. The most special part that is known decides, then the next; what nobody knows is a plain
 * pin, so a category that a newer server adds still shows something true.
 */

export type Glyph =
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
  | 'swim'
  | 'theatre'
  | 'town'
  | 'university'
  | 'water'
  | 'wine'
  | 'work'

/** Families share a hue, so that a list can be read by colour as well. */
export type Family = 'food' | 'night' | 'nature' | 'culture' | 'travel' | 'shop' | 'sport' | 'care' | 'civic' | 'place'

export interface CategoryLook {
  readonly glyph: Glyph
  readonly family: Family
  readonly label: string
}

type Known = readonly [glyph: Glyph, family: Family, words: string]

/** By word; the label of a word is the word itself, with a capital, unless LABELS says otherwise. */
const KNOWN: readonly Known[] = [
  ['cafe', 'food', 'cafe coffee_shop coffee tea tea_house'],
  ['bakery', 'food', 'bakery pastry patisserie confectionery deli'],
  ['ice-cream', 'food', 'ice_cream dessert gelato'],
  ['pizza', 'food', 'pizza pizzeria fast_food food_truck burger'],
  ['restaurant', 'food', 'food restaurant diner bistro food_court food_hall ramen sushi bbq breakfast'],
  ['wine', 'night', 'wine_bar winery vineyard'],
  ['bar', 'night', 'bar pub biergarten brewery nightlife'],
  ['music', 'night', 'nightclub club music music_venue concert_hall live_music'],
  ['park', 'nature', 'park garden nature forest nature_reserve botanical_garden trail'],
  ['mountain', 'nature', 'mountain peak hill viewpoint volcano climbing'],
  ['beach', 'nature', 'beach coast island'],
  ['water', 'nature', 'water lake river waterfall spring bay fountain'],
  ['camp', 'nature', 'camp camping camp_site campground shelter'],
  ['pet', 'nature', 'zoo pet dog_park veterinary aquarium'],
  ['museum', 'culture', 'museum culture arts entertainment attraction tourism tourist_attraction'],
  ['gallery', 'culture', 'gallery art_gallery artwork art'],
  ['theatre', 'culture', 'theatre theater opera comedy performing_arts arts_centre'],
  ['cinema', 'culture', 'cinema movie_theater movies'],
  ['library', 'culture', 'library'],
  ['castle', 'culture', 'castle fort palace ruins'],
  ['landmark', 'culture', 'landmark monument memorial historic square plaza bridge tower'],
  ['church', 'culture', 'church place_of_worship worship mosque temple synagogue shrine cathedral religion'],
  ['airport', 'travel', 'airport airport_terminal aeroway airfield terminal'],
  ['station', 'travel', 'travel transport station train_station railway subway metro tram light_rail transit'],
  ['bus', 'travel', 'bus bus_stop bus_station'],
  ['ferry', 'travel', 'ferry ferry_terminal harbour harbor port marina pier'],
  ['hotel', 'travel', 'hotel hostel lodging guest_house motel apartment resort'],
  ['fuel', 'travel', 'fuel gas_station charging_station'],
  ['parking', 'travel', 'parking car_park'],
  ['grocery', 'shop', 'supermarket grocery convenience market greengrocer'],
  ['bookshop', 'shop', 'books bookshop bookstore stationery'],
  ['clothes', 'shop', 'clothes fashion shoes boutique'],
  ['hairdresser', 'shop', 'hairdresser barber beauty salon spa'],
  ['shop', 'shop', 'shop shopping retail mall department_store gift'],
  ['gym', 'sport', 'gym fitness fitness_centre sport sports sports_centre'],
  ['stadium', 'sport', 'stadium arena pitch track'],
  ['pool', 'sport', 'swimming_pool pool swimming'],
  ['playground', 'sport', 'playground'],
  ['hospital', 'care', 'health hospital clinic doctors dentist care'],
  ['pharmacy', 'care', 'pharmacy chemist'],
  ['school', 'civic', 'education school kindergarten'],
  ['university', 'civic', 'university college'],
  ['bank', 'civic', 'bank atm finance'],
  ['building', 'civic', 'civic building townhall courthouse government post_office community_centre police service'],
  ['work', 'civic', 'work office coworking coworking_space business company'],
  ['home', 'place', 'home residential house'],
  ['town', 'place', 'town city village suburb neighbourhood hamlet locality place.town'],
]

const LABELS: Readonly<Record<string, string>> = {
  cafe: 'Café',
  food: 'Food and drink',
  bbq: 'Barbecue',
  arts: 'Arts',
  travel: 'Travel',
  doctors: 'Doctor',
  townhall: 'Town hall',
  books: 'Bookshop',
  atm: 'Cash machine',
  theater: 'Theatre',
  harbor: 'Harbour',
  sport: 'Sports',
  swimming: 'Swimming',
  clothes: 'Clothes shop',
}

const looks = new Map<string, CategoryLook>()
for (const [glyph, family, words] of KNOWN) {
  for (const word of words.split(' ')) looks.set(word, { glyph, family, label: LABELS[word] ?? spoken(word) })
}

const UNKNOWN: CategoryLook = { glyph: 'pin', family: 'place', label: 'Place' }

/** How to show a category; a place without one is a plain place. */
export function categoryLook(category: string | undefined): CategoryLook {
  if (category === undefined || category === '') return UNKNOWN
  const words = category
    .toLowerCase()
    .split(/[.=:/>]+/)
    .map((word) => word.trim().replaceAll(/[\s-]+/g, '_'))
    .filter((word) => word !== '')
  const last = words.at(-1)
  for (const word of words.toReversed()) {
    const look = looks.get(word) ?? looks.get(word.replace(/s$/, ''))
    if (look === undefined) continue
    // The family's look, but the word itself for a label: an unknown kind of food is still named.
    return word === last || last === undefined || isVague(last) ? look : { ...look, label: spoken(last) }
  }
  return last === undefined || isVague(last) ? UNKNOWN : { ...UNKNOWN, label: spoken(last) }
}

/** A choice for a place that no dataset has: few, plain, and each is an id of Waypost. */
export const CATEGORY_CHOICES: readonly string[] = [
  'food.cafe',
  'food.restaurant',
  'nightlife.bar',
  'nature.park',
  'nature.viewpoint',
  'nature.beach',
  'culture.museum',
  'culture.landmark',
  'culture.music_venue',
  'shop.market',
  'shop.shop',
  'sport.gym',
  'travel.station',
  'travel.hotel',
  'civic.school',
  'civic.office',
]

function isVague(word: string): boolean {
  return word === 'other' || word === 'yes' || word === 'unknown' || word === 'general' || /^\d/.test(word)
}

function spoken(word: string): string {
  const text = word.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
