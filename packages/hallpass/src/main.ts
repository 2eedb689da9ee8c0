#!/usr/bin/env node
// The program: reads the command line and runs one command. What a command prints and how it ends is its own business;
// a mistake of the person who called is one sentence on stderr, never a stack.
import { parseCommandLine } from './command-line.ts'
import { Mistake } from './mistake.ts'

const commands = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  secret: async () => (await import('./commands/secret.ts')).secret,
  keys: async () => (await import('./commands/keys.ts')).keys,
  audit: async () => (await import('./commands/audit.ts')).audit,
  explain: async () => (await import('./commands/explain.ts')).explain,
  recover: async () => (await import('./commands/recover.ts')).recover,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  help: async () => (await import('./commands/help.ts')).help,
  version: async () => (await import('./commands/version.ts')).version,
} as const

try {
  const { command, words, flags } = parseCommandLine(process.argv.slice(2))
  const run = await commands[command]()
  await run({ words, flags, env: process.env })
} catch (error) {
  // A TypeError is how the rooms below say that an option is wrong, in a sentence that names the fix (docs/design.md, 9).
  if (!(error instanceof Mistake) && !(error instanceof TypeError)) throw error
  process.stderr.write(`hallpass: ${error.message}\n`)
  process.exitCode = error instanceof Mistake ? error.exitCode : 2
}
