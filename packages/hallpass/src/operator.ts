// What the commands of an operator have in common: the store of the settings that serve has, opened and let go, and an answer in words or
// in JSON.
import { openOperator, type Operator } from '@hallpass/server'
import type { Invocation } from './command-line.ts'
import { readConfig, type Config } from './config.ts'
import { developmentSecret } from './development-secret.ts'

/** What a command answers: the same facts for programs and for people. */
export interface Answer {
  readonly json: unknown
  readonly words: readonly string[]
  /** Whether what was found is as it should be; the exit code says so. */
  readonly ok: boolean
}

/** Opens the store, asks, prints, and lets go whatever happens. */
export async function withOperator(
  invocation: Invocation,
  ask: (operator: Operator, config: Config) => Promise<Answer>,
): Promise<void> {
  const config = readConfig(invocation)
  const secret = config.secrets.length > 0 ? config.secrets : developmentSecret(config.dataDirectory).secret
  const { issuer, database, signingKeys } = config
  const operator = await openOperator({
    issuer,
    secret,
    database,
    ...(signingKeys && { token: { keys: signingKeys } }),
  })
  try {
    print(await ask(operator, config), invocation.flags.json === true)
  } finally {
    await operator.close()
  }
}

export function print({ json, words, ok }: Answer, asJson: boolean): void {
  process.stdout.write(asJson ? `${JSON.stringify(json, undefined, 2)}\n` : words.map((line) => `${line}\n`).join(''))
  if (!ok) process.exitCode = 1
}

/** A moment as a person reads it: UTC, to the second. */
export function moment(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
