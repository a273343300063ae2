/** The lexicons as TypeScript: schemas with `$safeParse` and the types of every record, parameter and answer. */
export * as app from './generated/app.ts'
export * as com from './generated/com.ts'
export * as community from './generated/community.ts'
