// `hallpass doctor`: looks at what commonly goes wrong in a deployment, and says what to do.
import type { Invocation } from '../command-line.ts'
import { bad, good, warning, type Finding } from '../doctor/finding.ts'
import { issuerFindings } from '../doctor/issuer-findings.ts'
import { storeFindings } from '../doctor/store-findings.ts'
import type { Config } from '../config.ts'
import { withOperator } from '../operator.ts'

const MARKS = { good: 'ok', warning: 'look', bad: 'BAD' } as const

/** Runs every check; the exit code is 1 when something is bad. */
export async function doctor(invocation: Invocation): Promise<void> {
  await withOperator(invocation, async (operator, config) => {
    const signing = (await operator.keys.list()).find(({ state }) => state === 'signing')?.kid
    const findings = [
      ...settings(config),
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

function settings({ issuer, production, trustedProxyHops, testClock }: Config): readonly Finding[] {
  const https = issuer.startsWith('https:')
  return [
    https
      ? good('issuer', `${issuer}: the cookie is Secure and has a name that script cannot plant`)
      : good('issuer', `${issuer}: this machine alone, without https`),
    // Behind https there is a proxy that ends TLS: the program itself speaks http.
    https && trustedProxyHops === 0
      ? warning(
          'proxy',
          'every client seems to have the address of the proxy, so one who guesses passwords slows down all',
          'set HALLPASS_TRUSTED_PROXY_HOPS to the number of proxies in front',
        )
      : good('proxy', `${trustedProxyHops} in front`),
    ...(testClock && production === undefined
      ? [bad('clock', 'anybody on this machine can move it', 'leave --insecure-test-clock to tests')]
      : []),
  ]
}
