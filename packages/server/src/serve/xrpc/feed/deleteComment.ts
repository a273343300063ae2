import { deletionOf } from '#serve/deletion.ts'

export const deleteComment = deletionOf('app.waypost.comment', 'comment')
