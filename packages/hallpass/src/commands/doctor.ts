// `hallpass doctor`: looks at what commonly goes wrong in a deployment, and says what to do.
import type { Invocation } from '../command-line.ts'
import { issuerFindings } from '../doctor/issuer-findings.ts'
import { settingsFindings } from '../doctor/settings-findings.ts'
import { storeFindings } from '../doctor/store-findings.ts'
import { withOperator } from '../operator.ts'

const MARKS = { good: 'ok', warning: 'look', bad: 'BAD' } as const

/** Runs every check; the exit code is 1 when something is bad. */
export async function doctor(invocation: Invocation): Promise<void> {
  await withOperator(invocation, async (operator, config) => {
    const signing = (await operator.keys.list()).find(({ state }) => state === 'signing')?.kid
    const findings = [
      ...settingsFindings(config),
      ...(await storeFindings(operator, Date.now())),
      ...(await issuerFindings(config.issuer, signing)),
    ]
    return {
      ok: findings.every(({ state }) => state !== 'bad'),
      json: { findings },
      words: findings.flatMap(({ about, state, words, advice }) => [
        `${MARKS[state].padEnd(5)}${about}: ${words}`,
        ...(advice === undefined ? [] : [`     -> ${advice}`]),
      ]),
    }
  })
}
