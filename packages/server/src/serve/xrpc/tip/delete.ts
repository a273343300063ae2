import { deletionOf } from '#serve/deletion.ts'

export const deleteTip = deletionOf('app.waypost.tip', 'tip')
