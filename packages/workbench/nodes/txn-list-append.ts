#!/usr/bin/env node
import type { Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'
import { transactionsOver } from './transactions/root.ts'

/** Transactions over lists. */
export const program: Program = (context) =>
  transactionsOver(context, (list, element) => [...((list as readonly unknown[] | undefined) ?? []), element])

if (import.meta.main) runOnStdio(program)
