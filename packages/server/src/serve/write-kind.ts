/** What a person writes through us, as the metrics name it. */
export type WriteKind =
  | 'checkin'
  | 'comment'
  | 'like'
  | 'follow'
  | 'block'
  | 'photo'
  | 'place'
  | 'tip'
  | 'list'
  | 'companion'
  | 'deletion'
