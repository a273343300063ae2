import { deletionOf } from '#serve/deletion.ts'

export const deleteCheckin = deletionOf('app.waypost.checkin', 'check-in')
