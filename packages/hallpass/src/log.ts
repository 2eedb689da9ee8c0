// The log: pino, one line an event, as JSON where a program reads it and as plain words where a person does. No secret is
// ever passed to it; what looks like one is taken out all the same, as the last thing before a line leaves the process.
import { pino, type Logger } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = Logger

/**
 * Makes the log of this process.
 *
 * @param options.write takes one line with its newline
 * @param options.plain words for a person instead of JSON
 */
export function createLog(options: {
  readonly level: LogLevel
  readonly plain: boolean
  readonly write: (line: string) => void
}): Log {
  const { level, plain, write } = options
  const destination = { write: (line: string) => write(withoutSecrets(plain ? inWords(line) : line)) }
  return pino({ level, base: null, serializers: { err: describe } }, destination)
}

/** What must never be read in a log, by its looks: passes and refresh tokens, our secrets, the password of an address. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\bey[\w-]{8,}\.[\w-]*\.?[\w-]*/g, '[token]')
    .replace(/\bhps\d+_[\w-]+/g, '[secret]')
    .replace(/\b(Bearer|Basic|DPoP) +[\w.~+/=-]{8,}/gi, '$1 [token]')
    .replace(/(\/\/[^\s/:@"]*):[^\s/@"]+@/g, '$1:[password]@')
}

/** Not pino's own way, which copies every member of an error: those of a database hold the row. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  }
}

const LEVEL_WORDS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' }

/** `20:41:07 ready on http://localhost:3000`, and the members that are worth a person's eye after it. */
function inWords(line: string): string {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null) return line
  const { level, time, msg, err, ...members } = entry as Record<string, unknown>
  const clock = new Date(typeof time === 'number' ? time : Date.now()).toTimeString().slice(0, 8)
  const more = Object.entries(members).map(([name, value]) => `${name}=${String(value)}`)
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : ''
  return `${[clock, `${LEVEL_WORDS[Number(level)] ?? ''}${typeof msg === 'string' ? msg : ''}`, ...more].join(' ')}${stack}\n`
}
