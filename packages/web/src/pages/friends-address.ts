import type { AddressForm } from '../ui/use-address.ts'

/** What a narrow screen shows of the friends; a wide one has room for all. */
export type FriendsView = 'feed' | 'latest' | 'board'

export interface FriendsAddress {
  readonly view: FriendsView
}

/** `?view=latest` or `?view=board`; the feed otherwise. */
export const friendsAddress: AddressForm<FriendsAddress> = {
  read(search) {
    const view = search.get('view')
    return { view: view === 'latest' || view === 'board' ? view : 'feed' }
  },
  write: ({ view }) => ({ view: view === 'feed' ? undefined : view }),
}
