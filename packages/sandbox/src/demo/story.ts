/*
 * One story, told in order and kept whole: everything that the demo people do. It is data, and long because they do a
 * lot.
 */
import type { SceneName } from './scenes.ts'

/** One visit of the demo, told in the order in which each person made theirs. */
export interface DemoVisit {
  /** Names the visit for comments; only those that have some need it. */
  readonly id?: string
  readonly by: string
  /** A landmark's name. */
  readonly at: string
  /** Before the demo was made. */
  readonly hoursAgo: number
  readonly text?: string
  readonly lang?: string
  readonly photo?: { readonly scene: SceneName; readonly alt: string }
  readonly with?: readonly string[]
  /** Where the person stood, as exact as they chose: a geo, or an H3 cell. */
  readonly position?:
    | { readonly precision: 'exact'; readonly latitude: string; readonly longitude: string }
    | { readonly precision: 'street' | 'area' | 'city'; readonly cell: string }
}

export interface DemoComment {
  /** A visit's id. */
  readonly on: string
  readonly by: string
  readonly minutesLater: number
  readonly text: string
  readonly lang: string
  /** Answers the comment before it in this list. */
  readonly reply?: true
}

export const visits: readonly DemoVisit[] = [
  // Mira: Porto, Lisbon, Iceland and back.
  {
    by: 'mira',
    at: 'Estação de São Bento',
    hoursAgo: 238,
    text: 'Missed the train on purpose. Twenty thousand tiles to look at.',
    lang: 'en',
  },
  {
    by: 'mira',
    at: 'Livraria Lello',
    hoursAgo: 214,
    text: 'Entrei só para ver a escada. Saí com três livros.',
    lang: 'pt',
  },
  { by: 'mira', at: 'Torre de Belém', hoursAgo: 190, text: 'Wind strong enough to lean on.', lang: 'en' },
  { by: 'mira', at: 'Praça do Comércio', hoursAgo: 166 },
  { by: 'mira', at: 'Harpa', hoursAgo: 141, text: 'The whole façade is honeycomb and weather.', lang: 'en' },
  {
    id: 'aurora',
    by: 'mira',
    at: 'Hallgrímskirkja',
    hoursAgo: 118,
    text: 'Stood outside until I could not feel my toes. Worth every toe.',
    lang: 'en',
    photo: {
      scene: 'auroraChurch',
      alt: 'Illustration: a stepped grey church tower on snow, green and violet northern lights above it, three people looking up.',
    },
    position: { precision: 'exact', latitude: '64.1417', longitude: '-21.9275' },
  },
  { by: 'mira', at: 'Bláa lónið', hoursAgo: 95, text: 'Warm to the chin, hail on the hat.', lang: 'en' },
  {
    id: 'porto',
    by: 'mira',
    at: 'Ponte Dom Luís I',
    hoursAgo: 27,
    text: 'Home. The upper deck hums when the tram goes over, I had forgotten.',
    lang: 'en',
    photo: {
      scene: 'archBridge',
      alt: 'Illustration: an iron arch bridge over a river in low sun, a tram on its upper deck, houses with red roofs on both banks.',
    },
  },
  { by: 'mira', at: 'Livraria Lello', hoursAgo: 0.6, text: 'De volta. Desta vez só um livro.', lang: 'pt' },

  // Tomo: Kyoto, the mountain, Tokyo, Osaka.
  { by: 'tomo', at: 'Kyoto Station', hoursAgo: 231, text: '大階段、何度見ても広い。', lang: 'ja' },
  {
    id: 'gates',
    by: 'tomo',
    at: 'Fushimi Inari Taisha',
    hoursAgo: 206,
    text: '朝いちばんの千本鳥居。足音だけ。',
    lang: 'ja',
    photo: {
      scene: 'gatePath',
      alt: 'Illustration: stone steps under a row of vermilion gates in a dark wood, light at the far end, two small figures.',
    },
  },
  { by: 'tomo', at: 'Nara Park', hoursAgo: 182, text: '鹿におじぎしたら、おじぎが返ってきた。', lang: 'ja' },
  { by: 'tomo', at: 'Kinkaku-ji', hoursAgo: 159 },
  {
    id: 'fuji',
    by: 'tomo',
    at: 'Mount Fuji',
    hoursAgo: 111,
    text: '雲が切れるまで三時間待ちました。',
    lang: 'ja',
    photo: {
      scene: 'lakeMountain',
      alt: 'Illustration: a snow-capped volcano and its reflection in a lake at dusk, a rower in a boat, a branch of blossom in front.',
    },
  },
  { by: 'tomo', at: 'Tokyo Station', hoursAgo: 88 },
  { by: 'tomo', at: 'Sensō-ji', hoursAgo: 84, text: 'おみくじは小吉。ちょうどいい。', lang: 'ja' },
  {
    by: 'tomo',
    at: 'Tsukiji Outer Market',
    hoursAgo: 62,
    text: 'Breakfast: tamagoyaki, then more tamagoyaki.',
    lang: 'en',
  },
  {
    id: 'lanterns',
    by: 'tomo',
    at: 'Dōtonbori',
    hoursAgo: 13,
    text: '雨上がりの道頓堀。水のほうが明るい。',
    lang: 'ja',
    photo: {
      scene: 'lanternQuarter',
      alt: 'Illustration: red paper lanterns and coloured signs over a canal at night, all of it mirrored in the wet dark water.',
    },
  },
  {
    by: 'tomo',
    at: 'Nishiki Market',
    hoursAgo: 1.4,
    text: 'いつもの漬物屋さん。',
    lang: 'ja',
    position: { precision: 'street', cell: '8a2e614726affff' },
  },

  // Juno: New York, the desert and back.
  {
    id: 'concourse',
    by: 'juno',
    at: 'Grand Central Terminal',
    hoursAgo: 227,
    text: 'Ten minutes a day when the light does this.',
    lang: 'en',
    photo: {
      scene: 'stationHall',
      alt: 'Illustration: beams of sunlight fall through three tall windows onto a station hall full of small dark figures around a clock.',
    },
  },
  {
    by: 'juno',
    at: 'The Metropolitan Museum of Art',
    hoursAgo: 203,
    text: 'One room only. That is the rule.',
    lang: 'en',
  },
  { by: 'juno', at: 'The High Line', hoursAgo: 179 },
  { by: 'juno', at: 'Chelsea Market', hoursAgo: 178, text: 'Tacos standing up, as intended.', lang: 'en' },
  {
    id: 'arch',
    by: 'juno',
    at: 'Delicate Arch',
    hoursAgo: 107,
    text: 'No signal, no moon, every star. Posting this from the gas station.',
    lang: 'en',
    photo: {
      scene: 'stoneArch',
      alt: 'Illustration: a free-standing sandstone arch lit from below, the Milky Way rising behind it, two people by a fire.',
    },
  },
  { by: 'juno', at: 'Central Park', hoursAgo: 57, text: 'Back among trees that get watered.', lang: 'en' },
  {
    id: 'brooklyn',
    by: 'juno',
    at: 'Brooklyn Bridge',
    hoursAgo: 0.25,
    text: 'Second crossing of the day. The first one does not count if you were on the phone.',
    lang: 'en',
    photo: {
      scene: 'cableBridge',
      alt: 'Illustration: a suspension bridge with two stone towers in silhouette, a low sun behind the skyline and its light on the water.',
    },
  },

  // Idris: London, Singapore, Sydney.
  { by: 'idris', at: "King's Cross Station", hoursAgo: 234, text: 'One bag. Nine days. Here we go.', lang: 'en' },
  { by: 'idris', at: 'Borough Market', hoursAgo: 210, text: 'Cheese is hand luggage.', lang: 'en' },
  {
    id: 'trees',
    by: 'idris',
    at: 'Gardens by the Bay',
    hoursAgo: 161,
    text: 'Somebody looked at a forest and thought: more purple.',
    lang: 'en',
    photo: {
      scene: 'lightTrees',
      alt: 'Illustration: four tall steel trees glow purple, blue, pink and orange at night, people on a footbridge between them.',
    },
  },
  {
    by: 'idris',
    at: 'Maxwell Food Centre',
    hoursAgo: 138,
    text: 'Queued forty minutes for chicken rice. Would queue again.',
    lang: 'en',
  },
  { by: 'idris', at: 'Marina Bay Sands', hoursAgo: 114 },
  {
    by: 'idris',
    at: 'Sydney Harbour Bridge',
    hoursAgo: 66,
    text: 'Walked it both ways, once for each ocean breeze.',
    lang: 'en',
  },
  { by: 'idris', at: 'Bondi Beach', hoursAgo: 42, text: 'Swam. Cold. Swam again to make sure.', lang: 'en' },
  {
    id: 'shells',
    by: 'idris',
    at: 'Sydney Opera House',
    hoursAgo: 3.2,
    text: 'Best seen from the ferry, with chips.',
    lang: 'en',
    photo: {
      scene: 'harbourShells',
      alt: 'Illustration: the white shells of a concert hall on a turquoise harbour, an arched bridge behind, a green ferry and a sailing boat in front.',
    },
  },

  // Lina: Berlin, Hamburg, Prague and the night train home.
  { by: 'lina', at: 'Markthalle Neun', hoursAgo: 199, text: 'Nur kurz gucken. Zwei Stunden.', lang: 'de' },
  { by: 'lina', at: 'East Side Gallery', hoursAgo: 175 },
  {
    id: 'elbe',
    by: 'lina',
    at: 'Elbphilharmonie',
    hoursAgo: 151,
    text: 'Oben auf der Plaza, Wind von allen Seiten.',
    lang: 'de',
    with: ['bas'],
  },
  {
    id: 'prague',
    by: 'lina',
    at: 'Karlův most',
    hoursAgo: 103,
    text: 'Vor sieben gehört die Brücke den Heiligen und den Möwen.',
    lang: 'de',
    photo: {
      scene: 'statueBridge',
      alt: 'Illustration: an old stone bridge with statues in pale morning mist, a gate tower on the right, a castle far behind.',
    },
  },
  { by: 'lina', at: 'Pražský hrad', hoursAgo: 79, text: 'So viele Treppen.', lang: 'de' },
  { by: 'lina', at: 'Berlin Hauptbahnhof', hoursAgo: 31, text: 'Nachtzug pünktlich. Ich habe Zeugen.', lang: 'de' },
  {
    id: 'kites',
    by: 'lina',
    at: 'Tempelhofer Feld',
    hoursAgo: 6,
    text: 'Der Drachen fliegt, die Schnur reicht nicht. Morgen mehr Schnur.',
    lang: 'de',
    photo: {
      scene: 'kiteField',
      alt: 'Illustration: four kites over a wide green field with an old runway, a cyclist on it, a television tower on the horizon.',
    },
    position: { precision: 'area', cell: '881f18b201fffff' },
  },

  // Bas: Amsterdam, Hamburg, Brussels, Rotterdam.
  { by: 'bas', at: 'Amsterdam Centraal', hoursAgo: 219 },
  {
    by: 'bas',
    at: 'Elbphilharmonie',
    hoursAgo: 150.6,
    text: 'De roltrap is langer dan mijn straat.',
    lang: 'nl',
    with: ['lina'],
  },
  { by: 'bas', at: 'Speicherstadt', hoursAgo: 148 },
  {
    id: 'atom',
    by: 'bas',
    at: 'Atomium',
    hoursAgo: 91,
    text: 'Eén ijzerkristal, 165 miljard keer vergroot. Gewone dag dus.',
    lang: 'nl',
    with: ['noor'],
    photo: {
      scene: 'spheres',
      alt: 'Illustration: nine polished steel spheres joined by tubes against a blue sky, trees and visitors below.',
    },
  },
  { by: 'bas', at: 'Grand-Place', hoursAgo: 88, with: ['noor'] },
  { by: 'bas', at: 'Markthal', hoursAgo: 51, text: 'Stroopwafel zo groot als een stuur.', lang: 'nl' },
  {
    id: 'canal',
    by: 'bas',
    at: 'Magere Brug',
    hoursAgo: 20,
    text: 'Licht aan, water stil, fiets tegen de boom.',
    lang: 'nl',
    photo: {
      scene: 'canalHouses',
      alt: 'Illustration: a row of gabled canal houses at night, windows lit and mirrored in the water, a crescent moon above.',
    },
  },
  {
    by: 'bas',
    at: 'Vondelpark',
    hoursAgo: 2.1,
    text: 'Rondje. Nog een rondje.',
    lang: 'nl',
    position: { precision: 'street', cell: '8a1969535467fff' },
  },

  // Noor: Paris, Marrakesh, Brussels and home.
  { by: 'noor', at: 'Musée du Louvre', hoursAgo: 201, text: 'Salle 711 évitée avec succès.', lang: 'fr' },
  {
    id: 'tower',
    by: 'noor',
    at: 'Eiffel Tower',
    hoursAgo: 177,
    text: 'On fait semblant de ne pas la regarder, et puis on la regarde.',
    lang: 'fr',
    photo: {
      scene: 'ironTower',
      alt: 'Illustration: an iron lattice tower over roofs and trees, a pale sun in a rose and violet sky, two people on the path.',
    },
  },
  { by: 'noor', at: 'Jemaa el-Fnaa', hoursAgo: 129, text: "Un jus d'orange, puis un deuxième.", lang: 'fr' },
  {
    id: 'blue',
    by: 'noor',
    at: 'Jardin Majorelle',
    hoursAgo: 106,
    text: 'Ce bleu ne tient dans aucun appareil photo. Alors je dessine.',
    lang: 'fr',
    photo: {
      scene: 'blueGarden',
      alt: 'Illustration: a deep blue garden wall with a pointed arch, palms in evening light beyond it, cacti and a pool in front.',
    },
    position: { precision: 'street', cell: '8a3983b4c887fff' },
  },
  { by: 'noor', at: 'Gare de Lyon', hoursAgo: 55 },
  {
    by: 'noor',
    at: 'Centre Pompidou',
    hoursAgo: 33,
    text: 'Les tuyaux bleus, c’est l’air. Les verts, l’eau. Je retiens enfin.',
    lang: 'fr',
  },
  {
    id: 'garden',
    by: 'noor',
    at: 'Jardin du Luxembourg',
    hoursAgo: 0.8,
    text: 'Deux chaises vertes, une pour les pieds.',
    lang: 'fr',
    position: { precision: 'area', cell: '881fb4671dfffff' },
  },

  // Rafa: Mexico, Rio and back.
  {
    by: 'rafa',
    at: 'Palacio de Bellas Artes',
    hoursAgo: 205,
    text: 'Entré por la lluvia, me quedé por los murales.',
    lang: 'es',
  },
  {
    id: 'pyramid',
    by: 'rafa',
    at: 'Pirámide del Sol',
    hoursAgo: 181,
    text: 'Doscientos cuarenta y tantos escalones antes del café.',
    lang: 'es',
    photo: {
      scene: 'balloonPyramid',
      alt: 'Illustration: a stepped pyramid at sunrise with striped hot-air balloons above it and two walkers on the path.',
    },
  },
  {
    id: 'wave',
    by: 'rafa',
    at: 'Praia de Copacabana',
    hoursAgo: 133,
    text: 'Caminé cuatro kilómetros de olas sin mojarme los pies.',
    lang: 'es',
    photo: {
      scene: 'wavePromenade',
      alt: 'Illustration: a promenade paved in black and white waves, parasols on the beach, a rounded mountain across the bay, palms on both sides.',
    },
  },
  { by: 'rafa', at: 'Cristo Redentor', hoursAgo: 109 },
  { by: 'rafa', at: 'Pão de Açúcar', hoursAgo: 85, text: 'El teleférico se mueve menos que mis rodillas.', lang: 'es' },
  { by: 'rafa', at: 'Bosque de Chapultepec', hoursAgo: 34, text: 'Ardillas con más confianza que yo.', lang: 'es' },
  {
    by: 'rafa',
    at: 'Zócalo',
    hoursAgo: 9,
    lang: 'es',
    text: 'Organillero, campanas y un helado de mamey.',
    position: { precision: 'city', cell: '854995bbfffffff' },
  },
]

export const comments: readonly DemoComment[] = [
  { on: 'aurora', by: 'lina', minutesLater: 18, text: 'Ich buche. Sofort.', lang: 'de' },
  { on: 'aurora', by: 'mira', minutesLater: 26, text: 'Bring two pairs of socks!', lang: 'en', reply: true },
  { on: 'aurora', by: 'tomo', minutesLater: 95, text: '教会の形が溶岩みたいですね。', lang: 'ja' },
  { on: 'porto', by: 'rafa', minutesLater: 40, text: '¡Guárdame un pastel de nata!', lang: 'es' },
  { on: 'gates', by: 'mira', minutesLater: 33, text: 'Empty! How early is early?', lang: 'en' },
  { on: 'gates', by: 'tomo', minutesLater: 51, text: '5時半です。', lang: 'ja', reply: true },
  {
    on: 'fuji',
    by: 'idris',
    minutesLater: 70,
    text: 'Three hours is nothing, I once queued longer for noodles.',
    lang: 'en',
  },
  { on: 'lanterns', by: 'rafa', minutesLater: 22, text: 'Esos colores de verdad existen?', lang: 'es' },
  { on: 'concourse', by: 'noor', minutesLater: 61, text: 'On dirait un vitrail.', lang: 'fr' },
  { on: 'arch', by: 'mira', minutesLater: 130, text: 'The shooting star! Please say you made a wish.', lang: 'en' },
  { on: 'brooklyn', by: 'noor', minutesLater: 5, text: 'Règle très juste.', lang: 'fr' },
  { on: 'brooklyn', by: 'rafa', minutesLater: 9, text: 'Tercera a la vuelta, ¿no?', lang: 'es' },
  { on: 'trees', by: 'juno', minutesLater: 44, text: 'More purple is always the answer.', lang: 'en' },
  { on: 'shells', by: 'tomo', minutesLater: 38, text: 'フェリーからの眺め、いいなあ。', lang: 'ja' },
  { on: 'shells', by: 'lina', minutesLater: 64, text: 'With vinegar?', lang: 'en' },
  { on: 'shells', by: 'idris', minutesLater: 71, text: 'Obviously.', lang: 'en', reply: true },
  { on: 'elbe', by: 'bas', minutesLater: 14, text: 'En daarna visbroodjes!', lang: 'nl' },
  { on: 'prague', by: 'bas', minutesLater: 57, text: 'Vóór zeven? Jij?', lang: 'nl' },
  { on: 'kites', by: 'bas', minutesLater: 25, text: 'Ik neem honderd meter mee.', lang: 'nl' },
  { on: 'kites', by: 'mira', minutesLater: 80, text: 'That runway is the best bike lane in Europe.', lang: 'en' },
  { on: 'atom', by: 'noor', minutesLater: 12, text: 'Une journée pas si ordinaire.', lang: 'fr' },
  { on: 'canal', by: 'lina', minutesLater: 47, text: 'Wie gemalt.', lang: 'de' },
  { on: 'tower', by: 'bas', minutesLater: 66, text: 'Betrapt.', lang: 'nl' },
  { on: 'blue', by: 'mira', minutesLater: 36, text: 'Draw more of it, please.', lang: 'en' },
  { on: 'garden', by: 'bas', minutesLater: 11, text: 'De tweede stoel is het geheim.', lang: 'nl' },
  { on: 'pyramid', by: 'juno', minutesLater: 29, text: 'Balloons! You buried the lede.', lang: 'en' },
  { on: 'wave', by: 'juno', minutesLater: 52, text: 'My feet are jealous.', lang: 'en' },
]
