#!/usr/bin/env node
import type { Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'

/** Says again what it is told: the least that a node can be. */
export const program: Program = () => ({
  echo: ({ body }) => ({ type: 'echo_ok', echo: body['echo'] }),
})

if (import.meta.main) runOnStdio(program)
