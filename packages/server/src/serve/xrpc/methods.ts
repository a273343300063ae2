import { app } from '@waypost/lexicon'
import type { XrpcFault } from '#serve/handler.ts'
import type { HereNow } from '#serve/presence/here-now.ts'
import type { Reports } from '#serve/moderation/reports.ts'
import type { Presences } from '#serve/presence/presences.ts'
import type { Push } from '#serve/push/push.ts'
import type { SeenStates } from '#serve/seen.ts'
import type { Writing } from '#serve/writing.ts'
import { procedure, query, subscription, type Method } from './method.ts'
import { unless } from './unless.ts'
import { deleteRecords } from './actor/deleteRecords.ts'
import { getHistory } from './actor/getHistory.ts'
import { getOnThisDay } from './actor/getOnThisDay.ts'
import { getProfile } from './actor/getProfile.ts'
import { getSession } from './actor/getSession.ts'
import { getStats } from './actor/getStats.ts'
import { searchActors } from './actor/searchActors.ts'
import { accept } from './companion/accept.ts'
import { deny } from './companion/deny.ts'
import { withdraw } from './companion/withdraw.ts'
import { createCheckin } from './feed/createCheckin.ts'
import { createPost } from './feed/createPost.ts'
import { createComment } from './feed/createComment.ts'
import { deleteCheckin } from './feed/deleteCheckin.ts'
import { deletePost } from './feed/deletePost.ts'
import { deleteComment } from './feed/deleteComment.ts'
import { getActor } from './feed/getActor.ts'
import { getCheckin } from './feed/getCheckin.ts'
import { getFriendsLatest } from './feed/getFriendsLatest.ts'
import { getGlobal } from './feed/getGlobal.ts'
import { getMap } from './feed/getMap.ts'
import { getNearby } from './feed/getNearby.ts'
import { getPlace } from './feed/getPlace.ts'
import { getPost } from './feed/getPost.ts'
import { getTimeline } from './feed/getTimeline.ts'
import { like } from './feed/like.ts'
import { searchCheckins } from './feed/searchCheckins.ts'
import { unlike } from './feed/unlike.ts'
import { PHOTO_BYTES_MAX, uploadPhoto } from './feed/uploadPhoto.ts'
import { getLeaderboard } from './game/getLeaderboard.ts'
import { getMayorships } from './game/getMayorships.ts'
import { getPoints } from './game/getPoints.ts'
import { getRules } from './game/getRules.ts'
import { block } from './graph/block.ts'
import { follow } from './graph/follow.ts'
import { unblock } from './graph/unblock.ts'
import { unfollow } from './graph/unfollow.ts'
import { create as createList } from './list/create.ts'
import { deleteList } from './list/delete.ts'
import { followList } from './list/follow.ts'
import { getList } from './list/getList.ts'
import { getLists } from './list/getLists.ts'
import { getSaved } from './list/getSaved.ts'
import { save } from './list/save.ts'
import { unfollowList } from './list/unfollow.ts'
import { unsave } from './list/unsave.ts'
import { report } from './moderation/report.ts'
import { getNotifications } from './notification/getNotifications.ts'
import { getUnseenCount } from './notification/getUnseenCount.ts'
import { registerPush } from './notification/registerPush.ts'
import { unregisterPush } from './notification/unregisterPush.ts'
import { updateSeen } from './notification/updateSeen.ts'
import { createPlace } from './place/create.ts'
import { findSimilar } from './place/findSimilar.ts'
import { get as getPlaceById } from './place/get.ts'
import { getByCell } from './place/getByCell.ts'
import { linkPlaces } from './place/link.ts'
import { search as searchPlaces } from './place/search.ts'
import { unlinkPlaces } from './place/unlink.ts'
import { enter } from './presence/enter.ts'
import { getHereNow } from './presence/getHereNow.ts'
import { leave } from './presence/leave.ts'
import { getInfo, type ServerFacts } from './server/getInfo.ts'
import { create as createTip } from './tip/create.ts'
import { deleteTip } from './tip/delete.ts'
import { getTips } from './tip/getTips.ts'

export interface MethodParts {
  readonly writing: Writing
  readonly facts: ServerFacts
  readonly seen: SeenStates
  readonly presences: Presences
  readonly hereNow: HereNow
  readonly reports: Reports
  /** Where this server's pages are, without a path. */
  readonly origin: () => string
  /** Undefined where this server pushes nothing. */
  readonly push?: Push | undefined
  /** Why nothing is searched for now. Absent: nothing is in the way. */
  readonly searchRefusal?: () => XrpcFault | undefined
}

/** So long a cell's places may be kept by whoever stands between us and a client, and are shown after they are hidden. */
const PLACES_KEPT_SECONDS = 60

/** Every endpoint of `app.waypost.*`, by name: its lexicon and who answers it. */
export function allMethods(parts: MethodParts): readonly Method[] {
  const { writing, facts, seen, presences, hereNow, reports, origin, push, searchRefusal } = parts
  const search = unless(searchRefusal)
  const { actor, companion, feed, game, graph, list, moderation, notification, place, presence, server, tip } =
    app.waypost
  return [
    procedure(actor.deleteRecords.main, deleteRecords(writing)),
    query(actor.getHistory.main, getHistory),
    query(actor.getOnThisDay.main, getOnThisDay),
    query(actor.getProfile.main, getProfile),
    query(actor.getSession.main, getSession),
    query(actor.getStats.main, getStats),
    query(actor.searchActors.main, search(searchActors)),

    procedure(companion.accept.main, accept(writing)),
    procedure(companion.deny.main, deny(writing)),
    procedure(companion.withdraw.main, withdraw(writing)),

    procedure(feed.createCheckin.main, createCheckin(writing, hereNow)),
    procedure(feed.createComment.main, createComment(writing)),
    procedure(feed.deleteCheckin.main, deleteCheckin(writing)),
    procedure(feed.deleteComment.main, deleteComment(writing)),
    procedure(feed.createPost.main, createPost(writing, origin)),
    procedure(feed.deletePost.main, deletePost(writing, origin)),
    query(feed.getPost.main, getPost(writing, origin)),
    query(feed.getActor.main, getActor),
    query(feed.getCheckin.main, getCheckin),
    query(feed.getFriendsLatest.main, getFriendsLatest),
    query(feed.getGlobal.main, getGlobal),
    query(feed.getMap.main, getMap),
    query(feed.getNearby.main, getNearby),
    query(feed.getPlace.main, getPlace),
    query(feed.getTimeline.main, getTimeline),
    procedure(feed.like.main, like(writing)),
    query(feed.searchCheckins.main, search(searchCheckins)),
    subscription(feed.subscribe.main),
    procedure(feed.unlike.main, unlike(writing)),
    procedure(feed.uploadPhoto.main, uploadPhoto(writing), { bodyBytesMax: PHOTO_BYTES_MAX }),

    query(game.getLeaderboard.main, getLeaderboard),
    query(game.getMayorships.main, getMayorships),
    query(game.getPoints.main, getPoints),
    query(game.getRules.main, getRules),

    procedure(graph.block.main, block(writing)),
    procedure(graph.follow.main, follow(writing)),
    procedure(graph.unblock.main, unblock(writing)),
    procedure(graph.unfollow.main, unfollow(writing)),

    procedure(list.create.main, createList(writing)),
    procedure(list.delete.main, deleteList(writing)),
    procedure(list.follow.main, followList(writing)),
    query(list.getList.main, getList),
    query(list.getLists.main, getLists),
    query(list.getSaved.main, getSaved),
    procedure(list.save.main, save(writing)),
    procedure(list.unfollow.main, unfollowList(writing)),
    procedure(list.unsave.main, unsave(writing)),

    procedure(moderation.report.main, report(writing, reports)),

    query(notification.getNotifications.main, getNotifications(seen)),
    query(notification.getUnseenCount.main, getUnseenCount(seen)),
    procedure(notification.registerPush.main, registerPush(push)),
    procedure(notification.unregisterPush.main, unregisterPush(push)),
    procedure(notification.updateSeen.main, updateSeen(seen)),

    procedure(place.create.main, createPlace(writing)),
    query(place.findSimilar.main, findSimilar),
    query(place.get.main, getPlaceById),
    query(place.getByCell.main, getByCell, { publicSeconds: PLACES_KEPT_SECONDS }),
    procedure(place.link.main, linkPlaces(writing)),
    query(place.search.main, search(searchPlaces)),
    procedure(place.unlink.main, unlinkPlaces(writing)),

    procedure(presence.enter.main, enter(writing, hereNow)),
    query(presence.getHereNow.main, getHereNow(presences)),
    procedure(presence.leave.main, leave(hereNow)),

    query(server.getInfo.main, getInfo(facts)),

    procedure(tip.create.main, createTip(writing)),
    procedure(tip.delete.main, deleteTip(writing)),
    query(tip.getTips.main, getTips),
  ]
}
