#!/usr/bin/env node
import type { Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'
import { transactionsOver } from './transactions/root.ts'

/** Transactions over registers. */
export const program: Program = (context) => transactionsOver(context, (_, value) => value)

if (import.meta.main) runOnStdio(program)
