// What the doctor sees in the settings alone.
import type { Config } from '../config.ts'
import { bad, good, warning, type Finding } from './finding.ts'

export function settingsFindings(
  config: Pick<Config, 'issuer' | 'production' | 'trustedProxyHops' | 'testClock'>,
): readonly Finding[] {
  const { issuer, production, trustedProxyHops, testClock } = config
  const https = issuer.startsWith('https:')
  return [
    https ? good('issuer', issuer) : good('issuer', `${issuer}: this machine alone, without https`),
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
