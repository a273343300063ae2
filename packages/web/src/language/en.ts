/**
 * What the client says in English wherever one is: one table, and with `en-pages.ts` the source of all the other
 * languages, which must have exactly these keys. A sentence with something in it is a function; one with parts of the page in it is `rich`.
 *
 * Glossary: check-in (noun), check in (verb), place (never "venue"), person and people, mayor and crown, streak, tip,
 * list, newsfeed. Plain words, British spelling, "you".
 */
import { type CategoryId, CATEGORIES } from '@waypost/lexicon/categories'
import type { ReactNode } from 'react'
import { numeral } from './formats.ts'
import { pluralsOf } from './plural.ts'
import { rich } from './rich.ts'

const { counted, formOf } = pluralsOf('en', 'one', 'other')

const checkins = (count: number) => counted(count, { one: 'check-in', other: 'check-ins' })

export const en = {
  dir: 'ltr' as 'ltr' | 'rtl',
  counts: {
    checkins,
    comments: (count: number) => counted(count, { one: 'comment', other: 'comments' }),
    days: (count: number) => counted(count, { one: 'day', other: 'days' }),
    followers: (count: number) => counted(count, { one: 'follower', other: 'followers' }),
    people: (count: number) => counted(count, { one: 'person', other: 'people' }),
    places: (count: number) => counted(count, { one: 'place', other: 'places' }),
    points: (count: number) => counted(count, { one: 'point', other: 'points' }),
    tips: (count: number) => counted(count, { one: 'tip', other: 'tips' }),
    weeksInARow: (count: number) => `${counted(count, { one: 'week', other: 'weeks' })} in a row`,
  },
  time: {
    now: 'now',
    minutes: (count: number) => `${count} min`,
    hours: (count: number) => `${count} h`,
    yesterday: 'yesterday',
    days: (count: number) => `${count} d`,
    today: 'Today',
    yesterdayAsHeading: 'Yesterday',
  },
  shell: {
    skip: 'Skip to the content',
    home: 'Waypost, live',
    main: 'Main',
    live: 'Live',
    search: 'Search',
    friends: 'Friends',
    checkIn: 'Check in',
    signIn: 'Sign in',
    signOut: 'Sign out',
    you: 'You',
    about: 'About',
    aboutServer: 'About this server',
    accountMenu: 'Account menu',
    yourPage: 'Your page',
    listsAndSaved: 'Lists and saved places',
    settings: 'Settings',
    notifications: 'Notifications',
    notificationsNew: (count: number) => `Notifications, ${numeral(count)} new`,
    notificationsMany: 'Notifications, more than 99 new',
    offline: 'You are offline. What is loaded stays readable.',
    offlineAsOf: (time: string) => `You are offline. What you see is as of ${time}.`,
    unreachableAsOf: (time: string) => `The server cannot be reached. What you see is as of ${time}.`,
    newVersion: 'New version: reload',
    appearance: 'Appearance',
    themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
    language: 'Language',
  },
  actions: {
    close: 'Close',
    tryAgain: 'Try again',
    showMore: 'Show more',
    loading: 'Loading…',
    remove: (name: string) => `Remove ${name}`,
    share: 'Share',
    linkCopied: 'Link copied',
    follow: 'Follow',
    following: 'Following',
    delete: 'Delete',
    deleting: 'Deleting…',
    keepIt: 'Keep it',
    optional: 'optional',
  },
  states: {
    loadingPage: 'Loading the page',
    loadingCheckins: 'Loading check-ins',
    pageMissing: 'This page could not be loaded',
    pageMissingWhy: 'The connection may be gone, or Waypost was just updated.',
    pageBroke: 'This page broke',
    pageBrokeWhy: 'That is our fault, not yours. Nothing that you wrote to the network is lost.',
    loadAgain: 'Load it again',
    notFound: 'Not found',
    nowhere: 'This signpost points nowhere',
    nowhereWhy: 'There is no page at this address.',
    seeNow: 'See what happens now',
  },
  faults: {
    unknown: 'Something went wrong here. Please try again.',
    network: 'No connection to the server. Please try again.',
    session: 'Please sign in again: the session has ended.',
    upstream: 'Your account’s server did not answer. Please try again.',
    tooMany: 'That was a lot at once. Please wait a moment.',
    server: 'The server has a problem. Please try again soon.',
    /** By the name that the lexicon gives an error. */
    named: {
      SignInFailed: 'This handle cannot be found, or its server does not answer.',
      SignUpClosed: 'Accounts cannot be made here.',
      InvalidHandle: 'A handle looks like ana.example.com.',
      BlockedActor: 'You block this person.',
      NotFound: 'That is not here any more.',
      TooManyDenials: 'You have said so too often: block whoever names you.',
      InvalidFilter: 'One cannot filter by that.',
      InvalidSearch: 'One cannot search by that.',
    },
    /** `said`: why, as the server says it, which is in English. */
    refused: (said: string) => said,
    signInDenied: 'You did not allow the sign-in.',
    signInFailed: 'Signing in did not work. Please try again.',
  },
  outbox: {
    /** Above what waits on this device. */
    region: 'Not sent yet',
    /** To whoever is signed out. */
    unsent: (count: number, signIn: (words: string) => ReactNode) =>
      rich`${checkins(count)} on this device not sent yet. ${signIn('Sign in to send')}`,
    ofAnother: (count: number) => `${checkins(count)} of another account on this device, sent when it signs in here.`,
    /** What happens to one, or what has to be done with it: each says it whole. */
    states: {
      sending: 'Sending…',
      unconnected: 'Will send as soon as there is a connection.',
      signedOut: 'Will send once you sign in again.',
      upstream: 'Your account’s server does not answer. Will send once it does.',
      server: 'The server has a problem. Will send once it works again.',
      soon: 'Will send in a moment.',
      held: 'Not sent: you were changing it.',
    },
    refused: (why: string) => `Not sent: ${why}`,
    /** After why: what to do, in the words of the buttons. */
    afterRefused: 'Edit it to send it again, or throw it away.',
    edit: 'Edit',
    goOn: 'Go on',
    sendAsItIs: 'Send as it is',
    throwAway: 'Throw away',
    thrownAway: 'Check-in thrown away',
    sentJustNow: 'It was sent just now.',
    sent: (place: string) => `Your check-in at ${place} is sent.`,
    photoWithoutAlt: 'Photo without a description',
  },
  live: {
    heading: 'Live check-ins',
    mapRegion: 'Map of check-ins',
    map: 'Map of recent check-ins',
    newsfeed: 'Newsfeed',
    backToFeed: 'Back to the feed',
    fresh: (count: string) => `${count} new`,
    which: 'Which check-ins',
    shown: { everywhere: 'Everywhere', map: 'On the map' },
    phases: {
      idle: 'Connecting',
      connecting: 'Connecting',
      live: 'Live',
      waiting: 'Reconnecting',
      paused: 'Paused',
    },
    happening: 'Happening now',
    resume: 'Resume live updates',
    pause: 'Pause live updates',
    emptyWorld: 'Nobody has checked in yet',
    emptyWorldWhy: 'The first check-in appears here the moment it is made.',
    beFirst: 'Be the first',
    emptyFilter: 'Nothing of that kind lately',
    emptyFilterWhy: 'Choose another category, or look further back.',
    showEverything: 'Show everything',
    emptyArea: 'Nobody has checked in here',
    emptyAreaWhy: 'Move the map, zoom out, or go back to everywhere.',
  },
  filters: {
    showOnly: 'Show only',
    withPhotos: 'With photos',
    nearMe: 'Near me',
    findingYou: 'Finding you…',
    searchInThese: 'Search in these',
  },
  checkin: {
    /** Before the name of the place. */
    personAt: (person: string) => `${person} at `,
    with: (people: ReactNode) => rich` with ${people}`,
    others: (count: number) => formOf(count, { one: '1 other', other: `${numeral(count)} others` }),
    notConfirmed: '(not confirmed yet)',
    told: (time: ReactNode) => rich`told ${time}`,
    via: (source: string) => `via ${source}`,
    like: 'Like',
    likeCounted: (count: string) => `Like ${count}`,
    comments: 'Comments',
    commentsCounted: (count: string) => `Comments ${count}`,
    page: 'Check-in',
    gone: 'This check-in is not here',
    goneWhy: 'Its author may have deleted it, or the link is not right.',
    deleted: 'Check-in deleted',
    deleteAsk: 'Delete this check-in?',
    deleteWhat:
      'It is removed from your repository, with its photos, and from every feed and map. This cannot be undone.',
    deleteIt: 'Delete check-in',
  },
  photos: {
    covers: {
      warn: 'The author asks to think twice before looking.',
      porn: 'Labelled as pornographic by the author.',
      sexual: 'Labelled as sexually suggestive by the author.',
      nudity: 'Labelled as nudity by the author.',
      graphic: 'Labelled as graphic by the author.',
    },
    show: (count: number) => formOf(count, { one: 'Show the photo', other: `Show ${numeral(count)} photos` }),
    photoOf: (number: number, count: number) => `Photo ${number} of ${count}`,
    openPhotoAt: (number: number, count: number, place: string) => `Open photo ${number} of ${count}, at ${place}`,
    openPhoto: (number: number, count: number, alt: string) => `Open photo ${number} of ${count}: ${alt}`,
    photoAt: (place: string) => `Photo at ${place}`,
    previous: 'Previous photo',
    next: 'Next photo',
  },
  map: {
    explore: 'Explore the map',
    zoom: 'Zoom',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    cannotDraw: 'This browser cannot draw the moving map.',
    moving: (label: string) => `Moving map: ${label}`,
    inThisPart: (count: number) => `${checkins(count)} in this part of the map`,
    around: (count: number, place: string) => `${checkins(count)} around ${place}`,
    onTheMap: 'Check-in on the map',
    here: (count: number) => `${checkins(count)} here`,
    closePreview: 'Close preview',
  },
  locate: {
    unsupported: 'This browser does not know where it is.',
    off: 'Location is switched off for this site.',
    notFound: 'Your position could not be found.',
    tooLong: 'Finding your position took too long.',
    instead: 'Search by name, or drop a pin.',
  },
  categories: Object.fromEntries(CATEGORIES.map(({ id, label }) => [id, label])) as Readonly<
    Record<CategoryId, string>
  >,
  /** Of a place without a category. */
  plainPlace: 'Place',
}

export type Messages = typeof en
