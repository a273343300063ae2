import type { app } from '@waypost/lexicon'

/** The lexicon's views under short names. Types only: no validation code reaches the browser. */
export type CheckinView = app.waypost.feed.defs.CheckinView
export type CommentView = app.waypost.feed.defs.CommentView
export type PhotoView = app.waypost.feed.defs.PhotoView
export type PlaceView = app.waypost.place.defs.PlaceView
export type PlaceViewBasic = app.waypost.place.defs.PlaceViewBasic
export type ProfileView = app.waypost.actor.defs.ProfileView
export type ProfileViewBasic = app.waypost.actor.defs.ProfileViewBasic
export type ServerInfo = app.waypost.server.getInfo.$OutputBody
export type CheckinDraft = app.waypost.feed.createCheckin.Draft
export type RecordPlace = app.waypost.checkin.Place
export type RecordPosition = app.waypost.checkin.Position
export type RecordPhoto = app.waypost.checkin.Photo
export type Facet = app.bsky.richtext.facet.Main
export type Address = NonNullable<PlaceViewBasic['address']>
export type LiveMessage =
  | app.waypost.feed.subscribe.Checkin
  | app.waypost.feed.subscribe.Deletion
  | app.waypost.feed.subscribe.Account
  | app.waypost.feed.subscribe.Info

export type ListView = app.waypost.list.defs.ListView
export type SavedView = app.waypost.list.defs.SavedView
export type CellView = app.waypost.feed.getMap.Cell
export type NotificationView = app.waypost.notification.defs.NotificationView
export type PersonHere = app.waypost.presence.getHereNow.PersonHere
export type OwnPresence = app.waypost.presence.getHereNow.OwnPresence
export type PlaceLinkView = app.waypost.place.defs.PlaceLinkView
export type MayorView = app.waypost.game.defs.Mayor
export type StandingView = app.waypost.game.defs.Standing
export type PersonStats = app.waypost.actor.getStats.$OutputBody
