/** What the operator's page says: in English alone, for the few who run servers. */
import { listFormat, numeral } from './formats.ts'

/** `0.04`, `8.25`, `12.1`, `1,240`: three figures are enough to see something move. */
export function amount(value: number): string {
  return numeral(value, { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 })
}

/** `0 ms`, `340 µs`, `12 ms`, `1.2 s`, `3 min`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.001) return `${amount(Math.round(seconds * 1e6))} µs`
  if (seconds < 1) return `${amount(seconds * 1_000)} ms`
  if (seconds < 120) return `${amount(seconds)} s`
  if (seconds < 7_200) return `${amount(Math.round(seconds / 60))} min`
  return seconds < 172_800 ? `${amount(Math.round(seconds / 3_600))} h` : `${amount(Math.round(seconds / 86_400))} d`
}

export function share(value: number): string {
  const percent = value * 100
  return `${numeral(percent, { maximumFractionDigits: percent > 99 && percent < 100 ? 2 : 1 })} %`
}

export function megabytes(bytes: number): string {
  return `${amount(Math.round(bytes / 1e6))} MB`
}

/** `12 MiB`, `8.25 GiB`. */
export function gibibytes(bytes: number): string {
  const mebibytes = bytes / 1_024 ** 2
  return mebibytes < 1_000 ? `${amount(mebibytes)} MiB` : `${amount(mebibytes / 1_024)} GiB`
}

/** `0.04 EUR`, `1,240 USD`; of what is not nothing never `0`. */
export function money(value: number, currency: string): string {
  const shown = value > 0 && value < 0.005 ? `< ${amount(0.01)}` : amount(value)
  return `${shown} ${currency}`
}

export const ops = {
  page: 'Operator',
  loading: 'Loading the figures',
  nothing: '–',
  off: {
    title: 'The operator’s page is turned off',
    how: 'Set WAYPOST_OPS_PASSWORD to a password of 16 characters or more, and start this server again.',
  },
  signIn: {
    heading: 'For the operator',
    why: 'This page shows how the server fares. Its password is set by whoever runs it.',
    password: 'Password',
    submit: 'Sign in',
    wrong: 'That is not the password.',
    tooMany: 'Too many tries. Wait some minutes.',
    failed: 'The server did not answer. Try again.',
    signOut: 'Sign out',
  },
  stale: (seconds: number) => `No answer from the server: these figures are ${duration(seconds)} old.`,
  verdict: {
    arrives: 'Check-ins arrive',
    quiet: 'Ready; nobody has checked in yet',
    engineAway: 'The engine does not answer',
    noHost: 'No host is heard',
    someHosts: (away: number, all: number) => `${away} of ${all} hosts are not heard`,
    late: 'Check-ins arrive late',
    behind: (positions: number) => `The feed is ${amount(positions)} events behind the log`,
    faults: 'Check-ins arrive; something else is wrong',
    paused: 'The budget is spent: nothing is taken in',
    sheds: (count: number) => `The budget is spent: ${count === 1 ? 'one thing is' : `${count} things are`} left out`,
    near: 'Check-ins arrive; the budget is nearly spent',
    overridden: 'Check-ins arrive; the budget is passed over',
  },
  facts: {
    version: 'Version',
    role: 'Role',
    up: 'Up for',
    people: 'People',
    memory: 'Memory',
    cpu: 'CPU',
    cores: (count: number) => `${amount(count)} cores`,
    main: 'Main thread',
    followers: 'Following live',
  },
  way: {
    heading: 'The way of a check-in',
    note: 'Events a second now, what waits, and how long it takes: half of them, and all but one in a hundred.',
    perSecond: 'a second',
    waiting: (count: number) => (count === 1 ? '1 waits' : `${amount(count)} wait`),
    took: (p50: number, p99: number) => `${duration(p50)} · ${duration(p99)}`,
    tookLabel: 'half within · 99 % within',
    idle: 'idle',
    elsewhere: 'in another process',
    paused: 'paused: the budget is spent',
    from: 'repositories',
    to: 'people',
    history: (stage: string) => `Events a second of ${stage}, the last two minutes`,
    stages: {
      wire: ['Wire', 'frames off the sockets'],
      verify: ['Verify', 'hashes, signature, tree, chain'],
      log: ['Log', 'durable, in order'],
      project: ['Project', 'rows of the read model'],
      live: ['Live', 'positions told to followers'],
    },
  },
  follow: {
    heading: 'Follow one check-in',
    label: 'Its address, or the link of its page',
    placeholder: 'at://did:plc:…/app.waypost.checkin/…',
    submit: 'Follow',
    newest: 'Take the newest',
    none: 'Nobody has checked in yet.',
    notAnAddress: 'That is no address of a check-in.',
    failed: 'The server could not say.',
    notInLog: 'The log has nothing of this record where it should be.',
    visible: 'On the feed',
    hidden: 'Not on the feed',
    steps: {
      committed: ['Committed', 'at the author’s server, by its clock'],
      received: ['Received', 'the frame came off the socket'],
      verified: ['Verified', 'against the author’s key'],
      logged: ['Logged', 'durable'],
      projected: ['Projected', 'on the feed of this process'],
      delivered: ['Delivered', 'written to those who follow live'],
    },
    unknown: 'not known here',
    byLog: 'by the log',
    after: (seconds: number) => `+${duration(Math.max(0, seconds))}`,
    total: (seconds: number) => `${duration(Math.max(0, seconds))} from the commit to the last step`,
    place: (position: number) => `Position ${numeral(position)}`,
    from: (host: string, seq: number) => (seq === 0 ? `${host}, asked for` : `${host}, seq ${numeral(seq)}`),
    replicas: 'In the read models of',
    self: 'this process',
    has: 'has it',
    hasNot: 'not yet',
    scope: 'Times are those of this process; of others it is known how far they are.',
  },
  slo: {
    heading: 'Freshness',
    promise: (target: number, seconds: number) => `${share(target)} on the feed within ${duration(seconds)}`,
    none: 'No check-in yet',
    of: (count: number) => (count === 1 ? 'of 1 check-in' : `of ${amount(count)} check-ins`),
    since: (seconds: number) => `in ${duration(seconds)}`,
    budget: 'Error budget left',
    overdrawn: 'overdrawn',
    burn: 'Burn rate',
    burnNote: '1 spends the whole budget in its 30 days.',
    times: (rate: number) => `${amount(rate)}×`,
    windows: { '5m': '5 min', '1h': '1 h', '6h': '6 h', '3d': '3 d' } as Readonly<Record<string, string>>,
  },
  budget: {
    heading: 'Budget and cost',
    none: 'Nothing is limited. WAYPOST_BUDGET says what this process may use, and at which prices.',
    limit: (resource: string, period: string) => `${resource}, ${period}`,
    usedOf: (used: string, of: string) => `${used} of ${of}`,
    forecast: (amountThen: string) => `${amountThen} by its end, at this rate`,
    resources: {
      egress: 'Sent to people',
      disk: 'Files',
      log: 'Log',
      images: 'Pictures made',
      fetches: 'Requests to others',
      money: 'Money',
    },
    periods: { day: 'today', month: 'this month', total: 'in all' },
    order: 'What is left out, and from where on',
    steps: { images: 'Pictures', search: 'Search', backfills: 'Backfills', live: 'Live', ingest: 'Ingest' },
    leftOut: 'left out',
    shed: (what: readonly string[]) => `Left out now: ${listFormat({}, 'en').format(what)}.`,
    overridden: (time: string) => `Passed over until ${time}: nothing is left out, and all is counted.`,
    forHow: 'For how long',
    hours: (count: number) => (count === 1 ? '1 hour' : `${count} hours`),
    passOver: 'Pass over it',
    takeBack: 'Take that back',
    failed: 'The server did not answer. Try again.',
    cost: 'Cost so far',
    total: 'All of it',
    perMillion: 'A million check-ins',
    perThousand: 'A thousand active people',
    checkins: 'Check-ins',
    people: 'Active people, about',
    parts: { cpu: 'CPU time', memory: 'Memory', disk: 'Files', egress: 'Sent', fetches: 'Requests' },
    pricesBy: (name: string) => `Of this process alone. Prices: ${name}.`,
  },
  replicas: {
    heading: 'Processes',
    alone: 'This process has no links to others, and knows of none.',
    self: 'this one',
    linked: 'linked',
    told: 'told of by others',
    lag: (seconds: number) => `${duration(seconds)} behind`,
    requests: (rate: number) => `${amount(rate)} requests/s`,
    position: (position: number) => `position ${numeral(position)}`,
    active: 'follows the hosts',
    health: { alive: 'alive', suspect: 'suspect', dead: 'dead' },
  },
  hosts: {
    heading: 'Hosts and repositories',
    none: 'No host is followed.',
    elsewhere: 'Another process follows the hosts.',
    paused: 'Nobody is followed for now: the budget is spent. Where each host was left is kept.',
    connected: 'heard',
    away: 'not heard',
    lag: 'behind',
    seq: 'seq',
    queued: 'waiting',
    unknown: 'not asked yet',
    kinds: { pds: 'PDS', relay: 'relay' } as Readonly<Record<string, string>>,
    repositories: { synchronized: 'people known', inProgress: 'being fetched', desynchronized: 'wait to be fetched' },
  },
  refusals: {
    heading: 'Refused',
    none: 'Nothing was refused since the start.',
    rate: (perMinute: number) => `${amount(perMinute)}/min`,
    seq: (seq: number) => `seq ${numeral(seq)}`,
  },
  endpoints: {
    heading: 'Endpoints',
    none: 'Nobody asks anything.',
    route: 'Endpoint',
    rate: 'per s',
    errors: 'failed',
    p50: 'p50',
    p99: 'p99',
  },
  slow: { heading: 'Slow answers', none: 'None took 100 ms or more.' },
  threads: {
    heading: 'Threads and engine',
    queue: (count: number) => `${amount(count)} in work`,
    engine: 'Engine',
    up: 'answers',
    down: 'does not answer',
    append: 'append, p99',
    head: 'head, p99',
    failures: 'failed tries',
  },
  faults: { heading: 'Recent faults', none: 'Nothing was logged as a warning or worse.' },
} as const
