// The command line: one command and its flags. Values are checked in config.ts, together with those of the environment.
import { parseArgs } from 'node:util'
import { Mistake } from './mistake.ts'

const COMMANDS = ['serve', 'secret', 'keys', 'audit', 'explain', 'recover', 'doctor', 'help', 'version'] as const
export type CommandName = (typeof COMMANDS)[number]

type FlagName = keyof Flags
/** Where a store is, and whose it is. */
const STORE: readonly FlagName[] = ['data', 'issuer', 'database', 'json']
/** The flags a command knows, and how many words it may be given. */
const TAKES: Readonly<Record<CommandName, { readonly flags: readonly FlagName[]; readonly words: number }>> = {
  serve: { flags: ['port', 'host', 'data', 'issuer', 'database', 'insecure-test-clock'], words: 0 },
  keys: { flags: STORE, words: 2 },
  audit: { flags: [...STORE, 'head'], words: 1 },
  explain: { flags: STORE, words: 1 },
  recover: { flags: STORE, words: 1 },
  doctor: { flags: STORE, words: 0 },
  secret: { flags: [], words: 0 },
  help: { flags: [], words: 0 },
  version: { flags: [], words: 0 },
}

/** Flags as they were written; each has an environment variable beside it, and the flag wins. */
export interface Flags {
  readonly port?: string
  readonly host?: string
  readonly data?: string
  readonly issuer?: string
  readonly database?: string
  readonly 'insecure-test-clock'?: boolean
  readonly head?: string
  readonly json?: boolean
}

/** What a command is given. */
export interface Invocation {
  /** What stands behind the command: `rotate` of `hallpass keys rotate`. */
  readonly words?: readonly string[]
  readonly flags: Flags
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the command line.
 *
 * @throws Mistake for a command, a flag or an argument that does not exist
 */
export function parseCommandLine(args: readonly string[]): {
  readonly command: CommandName
  readonly words: readonly string[]
  readonly flags: Flags
} {
  const { values, positionals } = read(args)
  const { help, version, ...flags } = values
  if (help) return { command: 'help', words: [], flags: {} }
  if (version) return { command: 'version', words: [], flags: {} }

  const [word = 'help', ...rest] = positionals
  const command = COMMANDS.find((name) => name === word)
  if (command === undefined)
    throw new Mistake(`there is no command ${JSON.stringify(word)}; \`hallpass help\` lists them`)
  const takes = TAKES[command]
  const given = Object.keys(flags) as FlagName[]
  const [extra] = [
    ...rest.slice(takes.words),
    ...given.filter((name) => !takes.flags.includes(name)).map((name) => `--${name}`),
  ]
  if (extra !== undefined) throw new Mistake(`\`hallpass ${command}\` takes no ${JSON.stringify(extra)}`)
  return { command, words: rest, flags }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        issuer: { type: 'string' },
        database: { type: 'string' },
        'insecure-test-clock': { type: 'boolean' },
        head: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    // Node's own sentence, up to its advice about `--`: "Unknown option '--prot'."
    const sentence = error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : String(error)
    throw new Mistake(`${sentence.replace(/\.$/, '')}; \`hallpass help\` lists what there is`)
  }
}
