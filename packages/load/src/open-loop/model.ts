/**
 * What people do, as data: how often each thing is asked for, and how that goes with the check-ins that are made. Figures
 * are published ones where there are any, with where they are from; guesses say that they are guesses.
 */
export const MODEL = {
  /**
   * Requests for one check-in. Twitter answered 300,000 reads of timelines a second at 6,000 writes (2013,
   * highscalability.com/the-architecture-twitter-uses-to-deal-with-150m-active-users).
   */
  readsPerCheckin: 50,
  /** Foursquare: 10 million people, 3 million check-ins a day (2011, adweek.com/socialtimes/80062). */
  checkinsPerPersonDay: 0.3,
  /**
   * The busiest hour of a day beside its mean: the median of 239 days of check-ins in New York (Gowalla, Cho, Myers and
   * Leskovec 2011). Over more than one time zone it would be less.
   */
  busiestHour: 2.7,
  /** A guess: whoever has the app open asks for something every ten seconds. */
  secondsBetweenReads: 10,
  /** A guess: of those who have it open, one of fifty looks at the live feed of everybody. */
  liveShare: 0.02,
  /** Apps and browsers keep somebody signed in; whoever came by a link is a stranger. A guess. */
  signedInShare: 0.7,
} as const

export type QuestionName = (typeof QUESTIONS)[number]['name']

/**
 * Guesses by what the screens ask for: the app opens on a feed, feeds are scrolled, maps are dragged; places, people and
 * check-ins are opened from there, and each of those screens asks twice. `share` is of all questions, `act` what somebody
 * does who asks this.
 */
export const QUESTIONS = [
  { name: 'timeline', share: 0.28, act: 'opens what friends did' },
  { name: 'timeline-on', share: 0.1, act: 'scrolls on in it' },
  { name: 'global', share: 0.14, act: 'opens the feed of everybody' },
  { name: 'global-on', share: 0.06, act: 'scrolls on in it' },
  { name: 'map', share: 0.14, act: 'drags the map' },
  { name: 'search-place', share: 0.05, act: 'types the name of a place' },
  { name: 'search-checkins', share: 0.02, act: 'looks for check-ins by a word' },
  { name: 'place', share: 0.05, act: 'opens a place' },
  { name: 'place-feed', share: 0.05, act: 'and sees who was there' },
  { name: 'person', share: 0.04, act: 'opens a person' },
  { name: 'person-feed', share: 0.04, act: 'and sees where they were' },
  { name: 'checkin', share: 0.03, act: 'opens a check-in' },
] as const

/** What so many questions a second go with. */
export interface Rates {
  readonly readsPerSecond: number
  readonly checkinsPerSecond: number
  /** Connections that follow live. */
  readonly followers: number
}

export function ratesAt(readsPerSecond: number): Rates {
  return {
    readsPerSecond,
    checkinsPerSecond: readsPerSecond / MODEL.readsPerCheckin,
    followers: Math.round(readsPerSecond * MODEL.secondsBetweenReads * MODEL.liveShare),
  }
}

/** Which question somebody asks, by a number in [0, 1). */
export function questionAt(fraction: number): QuestionName {
  let sum = 0
  for (const { name, share } of QUESTIONS) {
    sum += share
    if (fraction < sum) return name
  }
  return QUESTIONS.at(-1)!.name
}
