import { deletionOf } from '#serve/deletion.ts'

export const deleteList = deletionOf('app.waypost.list', 'list')
