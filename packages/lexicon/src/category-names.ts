/**
 * What else categories are called. In: a category as whoever wrote it says it (one of ours, `amenity=cafe`,
 * `Dining and Drinking > Bar`, `coffee_shop`, plain words). Out: one of ours, or undefined. Pure. It is one table:
 * whoever adds a name sees all the others.
 */
import { category, type CategoryId } from './categories.ts'

/**
 * The names of a category beside its id's own last part: a name in a dataset, in lower case with underscores, or the last
 * word of one (`*restaurant` also stands for `donburi_restaurant`). The first entry that has a name keeps it.
 */
const NAMES: Readonly<Record<CategoryId, string>> = {
  food: 'dining_and_drinking eat_and_drink food_beverages food_and_drink food_court food_hall caterer catering',
  'food.cafe':
    '*cafe *coffee_shop coffee coffee_shop internet_cafe coffee_roastery *tea_room *tea_house tea teahouse cafeteria *bubble_tea_shop juice_bar smoothie_shop coffee_and_tea',
  'food.bakery':
    '*bakery pastry pastry_shop patisserie confectionery bagel_shop donut_shop *donuts cupcake_shop creperie chocolate *dessert_shop desserts candy_store bagels candy',
  'food.ice_cream': '*ice_cream *ice_cream_parlor *ice_cream_shop gelato gelato_shop frozen_yogurt_shop',
  'food.fast_food':
    'fast_food *fast_food_restaurant food_truck *food_stand street_food hot_dog_joint *snack_place sandwich_spot *sandwich_shop',
  'food.pizza': '*pizza *pizzeria pizza_restaurant pizza_place',
  'food.burger': '*burger burger_joint burger_restaurant',
  'food.italian': '*italian_restaurant italian trattoria osteria',
  'food.japanese':
    '*japanese_restaurant japanese *sushi_restaurant sushi *ramen_restaurant ramen izakaya udon soba tempura',
  'food.chinese': '*chinese_restaurant chinese *dim_sum_restaurant dumpling_restaurant noodle_house',
  'food.korean': '*korean_restaurant korean',
  'food.thai': '*thai_restaurant thai',
  'food.vietnamese': '*vietnamese_restaurant vietnamese',
  'food.indian': '*indian_restaurant indian',
  'food.asian': '*asian_restaurant asian',
  'food.mexican': '*mexican_restaurant mexican *taco_place taqueria *burrito_place tex_mex',
  'food.latin_american':
    '*latin_american_restaurant *brazilian_restaurant *peruvian_restaurant *argentinian_restaurant *caribbean_restaurant',
  'food.french': '*french_restaurant french *bistro brasserie',
  'food.spanish': '*spanish_restaurant spanish *tapas_restaurant tapas',
  'food.greek': '*greek_restaurant greek',
  'food.middle_eastern':
    '*middle_eastern_restaurant *lebanese_restaurant *turkish_restaurant *kebab_restaurant kebab falafel_restaurant *persian_restaurant *israeli_restaurant',
  'food.african': '*african_restaurant *ethiopian_restaurant *moroccan_restaurant',
  'food.american': '*american_restaurant american *diner southern_restaurant *wings_joint',
  'food.barbecue': '*bbq *bbq_joint bbq_restaurant *barbecue_restaurant',
  'food.steak': '*steakhouse steak_house',
  'food.seafood': '*seafood_restaurant seafood fish_and_chips',
  'food.vegetarian': '*vegan_and_vegetarian_restaurant *vegetarian_restaurant *vegan_restaurant vegetarian vegan',
  'food.breakfast': '*breakfast_spot *breakfast_and_brunch_restaurant breakfast brunch',
  'food.restaurant': '*restaurant restaurants *joint *buffet *bistro *steakhouse',
  nightlife: 'nightlife_spot nightlife bars_and_pubs stripclub swingerclub adult',
  'nightlife.wine_bar': '*wine_bar winery *vineyard',
  'nightlife.brewery': '*brewery *distillery biergarten *beer_garden',
  'nightlife.pub': '*pub irish_pub gastropub',
  'nightlife.club': '*night_club nightclub dance_club club *disco strip_club karaoke *karaoke_bar dance_hall',
  'nightlife.bar': '*bar *lounge cocktail_bar speakeasy sake_bar',
  nature: 'landmarks_and_outdoors structure_and_geography outdoors natural attractions_and_activities',
  'nature.park':
    '*park *garden botanical_garden nature_reserve *forest *trail *trailhead recreation_ground *field *wildlife_sanctuary *green common outdoor_seating indoor_seating parklet pops',
  'nature.viewpoint': 'viewpoint scenic_lookout *lookout scenic_point observation_deck observatory',
  'nature.mountain': '*mountain *peak *hill *volcano *cave *canyon *rock *cliff climbing valley',
  'nature.beach': '*beach beach_resort *bay *cove *island *coast',
  'nature.water': '*lake *river *waterfall *spring *reservoir *fountain *canal *pond *water hot_spring marsh slipway',
  'nature.camp': '*campground camp_site camping *camp rv_park caravan_site shelter picnic_site *picnic_area',
  'nature.farm': '*farm farming *orchard *ranch farmland crops stables',
  'nature.zoo': '*zoo *aquarium *petting_zoo *zoo_exhibit animal_shelter dog_park',
  culture:
    'arts_and_entertainment arts entertainment tourism attraction tourist_attraction information arts_performance culture arts_center exhibition_centre',
  'culture.museum': '*museum planetarium *science_museum',
  'culture.gallery': '*art_gallery *gallery artwork public_art *sculpture *street_art *exhibit',
  'culture.theatre':
    '*theater *theatre *opera_house comedy_club performing_arts *performing_arts_venue arts_centre circus',
  'culture.cinema': '*movie_theater *cinema *drive_in_theater',
  'culture.music_venue':
    '*music_venue *concert_hall *rock_club *jazz_club auditorium amphitheater music music_rehearsal_place',
  'culture.theme_park':
    'theme_park *amusement_park *water_park *arcade casino bowling_alley escape_room amusement_arcade fair escape_game',
  'culture.library': '*library public_bookcase',
  'culture.castle': '*castle fort *palace *ruins archaeological_site manor',
  'culture.landmark':
    '*landmark *monument *memorial *memorial_site historic *historic_and_protected_site *plaza *square *bridge *tower *lighthouse *windmill sight clock tourist_information',
  'culture.worship':
    'place_of_worship *church *mosque *temple *synagogue *shrine *cathedral *monastery *spiritual_center religious_organization *prayer_room religion *buddhist_temple kingdom_hall',
  'culture.event': 'event *festival *conference *convention *parade *market_event events_venue *event_space',
  travel:
    'travel_and_transportation travel transport transportation *transportation_service public_transport communications freight local_transit transit_center passenger travel_agent',
  'travel.airport':
    '*airport *airport_terminal aeroway *airport_lounge *airport_gate *terminal aerodrome *airfield heliport airline *plane general_aviation air_force_base aerospace',
  'travel.station':
    '*train_station *station railway *metro_station subway_entrance *tram_station *light_rail_station *rail_station *platform *tram_stop halt railroad',
  'travel.bus': '*bus_stop *bus_station *bus_line bus bus_charters school_buses',
  'travel.ferry':
    '*boat_or_ferry *ferry_terminal port *harbor *harbour *marina *pier *boat_launch ferry marine cruise_ship boat_charter watercraft sailing_club yacht_club',
  'travel.hotel':
    '*hotel *hostel *motel *resort *inn lodging accommodation guest_house *bed_and_breakfast *vacation_rental apartment holiday_home',
  'travel.fuel':
    'fuel *gas_station *fuel_station *charging_station *electric_vehicle_charging_station truck_stop *rest_area',
  'travel.parking': '*parking *parking_lot bicycle_parking parking_entrance motorcycle_parking lot',
  'travel.taxi':
    'taxi *taxi_stand *rental_car_location car_rental bicycle_rental *bike_rental car_sharing *rental car_pooling',
  'travel.road': '*road *street *highway *intersection *toll_booth *tunnel *crossing',
  shop: 'retail shop shopping wholesale *store *shop *dealer *dealership *boutique automotive autos_motor_vehicles pets retail_goods used_merchandise antiques vending_machine automobile_sales auto_parts auto_supplies motorcycle_sales recreational_vehicle_sales boat_sales motor_vehicles motor_vehicles_and_parts tobacco tobacco_products sporting_goods bicycles_and_sporting_goods pets_and_pet_supplies pet_food musical_instruments',
  'shop.grocery':
    '*supermarket *grocery *grocery_store *convenience_store convenience *deli *butcher *greengrocer alcohol *liquor_store *wine_store *cheese_store *food_and_beverage_retail organic_grocery *fruit_and_vegetable_store groceries beer cheese dairy meat meat_and_fish fish_and_marine_products poultry fruits_and_vegetables ethnic_foods liquor_and_beverages wine_and_distilled_alcoholic_beverages',
  'shop.market': '*market marketplace *flea_market *farmers_market',
  'shop.books':
    '*bookstore books *bookshop stationery newsagent *newsstand *comic_book_store stationery_and_office_supplies news',
  'shop.clothes':
    '*clothing_store clothes fashion shoes *shoe_store *fashion_retail jewelry *jewelry_store *fashion_accessories_store bag optician fabric apparel bridal leather_goods luggage_and_leather_goods optical_goods',
  'shop.mall': '*shopping_mall mall *shopping_center *department_store *outlet_mall *shopping_plaza variety_store',
  'shop.beauty':
    'hairdresser *hair_salon beauty *barber *beauty_salon *nail_salon *spa *health_and_beauty_service beauty_and_spa cosmetics *cosmetics_store *tattoo_parlor massage tattoo *massage_clinic beauty_and_cosmetics hair_removal skin_care tanning_parlor piercing soap sauna',
  'shop.home':
    'home_garden furniture *furniture_and_home_store *hardware_store *garden_center doityourself florist *flower_store hardware houseware home_furnishings household_appliances garden_supply farm_supplies carpets_and_floor_coverings painting_supplies building_materials lumber plants nursery pottery',
  'shop.electronics':
    'electronics *electronics_store mobile_phone *mobile_phone_store computer computers_and_home_electronics photographic_equipment',
  'shop.gifts':
    'gift *gift_store *souvenir_store toys *toy_store *hobby_store gifts_and_souvenirs toys_and_hobbies toys_and_sporting_goods party_supplies crafts_and_fabrics',
  sport:
    'sports_and_recreation active_life sports_exercise sport sports *sports_club recreation *recreation_center fishing',
  'sport.gym':
    '*gym *gym_and_studio fitness fitness_centre *fitness_center *yoga_studio *pilates_studio *martial_arts_dojo *boxing_gym dance_studio *dance_studio dance dojo',
  'sport.stadium': '*stadium *arena *track *racecourse *race_track *hockey_arena *racetrack',
  'sport.centre':
    'sports_centre *sports_center *skating_rink *ice_rink ice_rink skate_park bowling *ski_area *ski_resort',
  'sport.pool': '*swimming_pool *pool *swim_club swimming public_bath',
  'sport.pitch':
    '*pitch *court *soccer_field *baseball_field *golf_course *golf golf_course *tennis_court *basketball_court',
  'sport.playground': '*playground *indoor_play_area',
  care: 'health_and_medicine health_and_medical health *healthcare *medical_center *clinic clinic social_services *therapist *counseling nursing_home social_facility health_practitioner nursing_and_care_facility adult_care senior',
  'care.hospital': '*hospital *emergency_room *urgent_care_center *maternity_clinic urgent_care',
  'care.doctor':
    'doctors *doctor *physician *dentist dentist *orthodontist *chiropractor *optometrist *pediatrician *dermatologist *surgeon podiatrist',
  'care.pharmacy': '*pharmacy chemist *drugstore drugs medical_equipment_and_supplies',
  'care.vet': '*veterinarian *veterinary *pet_service *animal_hospital *pet_grooming pet_boarding animal_boarding',
  civic:
    'community_and_government public_service_and_government civic organizations *organization *government_building *community_center community_centre community_center *government *city_hall townhall *courthouse *embassy diplomatic *non_profit *social_club military_area *cemetery cemetery *prison *fire_station fire_station toilets telephone post_box *bench public_place community_association professional_association youth social_centre department_of_motor_vehicles jail recycling refuse sewage hackerspace',
  'civic.school':
    '*school education kindergarten *preschool *student_center *tutoring *daycare childcare child_care special_training job_training',
  'civic.university':
    '*university *college *college_and_university *campus *academic_building *lab research research_institute science_facility',
  'civic.post': '*post_office parcel_locker post_depot',
  'civic.police': '*police *police_station *law_enforcement',
  'civic.bank':
    '*bank *atm *credit_union banks_credit_unions financial_service *financial_service insurance *currency_exchange bureau_de_change insurance_agent health_insurance life_insurance hazard_insurance title_insurance investment_brokerage brokerage credit_reporting_and_collection money_transfer payment_centre',
  'civic.office':
    '*office *coworking_space business_and_professional_services professional_services business_to_business professional *business *company *agency lawyer *law_office *service *consultant *contractor *manufacturer manufacturing utilities building_trades real_estate *real_estate mass_media home_service personal private_establishments_and_corporates *factory industrial *warehouse *studio *laundromat *dry_cleaning dry_cleaning craft construction construction_materials manufacturing_and_wholesale_goods engineering electrical electric plumbing advertising architect surveying printing printing_and_photocopies accounting_and_tax_preparation management_and_consulting real_estate_agent real_estate_operator developer film_and_video_production machinery_and_supplies tools_and_machinery metals metals_and_minerals mining_and_drilling chemicals_and_plastics chemicals_and_compounds rubber_and_plastics glass_and_minerals textiles wood_products paper_products natural_gas petroleum petroleum_products fuel_oil_and_lpg cable storage locksmith pest_control cleaning_and_sanitation employment_agencies photofinishing shoe_repair_and_shine self_service_laundry car_wash auto_repair industrial_area signs durable_goods_and_equipment non_durable_goods office_equipment scrap newspaper psychics_and_astrologers fortune_teller conference_centre',
  place: 'place residential',
  'place.home': '*home *house *residential_building *apartment_or_condo *housing_development dormitory',
  'place.town':
    '*town *city *village *suburb *neighborhood *neighbourhood *hamlet locality *borough *county *state *country ppl ppla ppla2 ppla3 ppla4 ppla5 pplc pplx ppll pplq pplg ppls pplf pplh pplw pplr pplch stlmt capital',
  'place.building': '*building *structure *skyscraper',
}

/** Whole names, and the ends of names. */
const names = new Map<string, string>()
const ends = new Map<string, string>()
for (const [id, words] of Object.entries(NAMES)) {
  const own = id.split('.').at(-1)!
  for (const word of [own, ...words.split(' ')]) {
    const isEnd = word.startsWith('*')
    const name = isEnd ? word.slice(1) : word
    if (!names.has(name)) names.set(name, id)
    if (isEnd && !ends.has(name)) ends.set(name, id)
  }
}

/** Longest name that is looked at; what is longer is none that a dataset has. */
const NAME_CHARACTERS_MAX = 300
/** The same few hundred names come again and again: so many answers are remembered, then all are forgotten. */
const REMEMBERED_MAX = 4_096
const remembered = new Map<string, string | undefined>()

/** Undefined where it is not known what is meant. */
export function categoryOf(said: string | undefined): string | undefined {
  if (said === undefined || said === '' || said.length > NAME_CHARACTERS_MAX) return undefined
  if (remembered.has(said)) return remembered.get(said)
  const found = category(said) ? said : look(said)
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(said, found)
  return found
}

/** From the most special part of what is said to the most general, each as a whole, by its end, in the singular. */
function look(said: string): string | undefined {
  const parts = said
    .toLowerCase()
    .split(/[.=:/>,;]+/)
    .map((part) => normal(part))
    .filter((part) => part !== '' && part !== 'yes' && part !== 'other')
  for (const part of parts.toReversed()) {
    const found = named(part) ?? (part.endsWith('s') ? named(part.slice(0, -1)) : undefined)
    if (found !== undefined) return found
  }
  return undefined
}

function normal(part: string): string {
  return part
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('&', ' and ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
}

function named(part: string): string | undefined {
  const whole = names.get(part) ?? names.get(part.replaceAll('_and_', '_'))
  if (whole !== undefined) return whole
  // The longest end that is known: of `chinese_tea_house` rather `tea_house` than `house`.
  for (let at = part.indexOf('_'); at !== -1; at = part.indexOf('_', at + 1)) {
    const found = ends.get(part.slice(at + 1))
    if (found !== undefined) return found
  }
  return undefined
}
