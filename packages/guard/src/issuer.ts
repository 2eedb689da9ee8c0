// Where the issuer's documents are: from configuration alone. The `iss` of a token is compared and never asked for anything.

/**
 * Puts together where the issuer's endpoints are.
 *
 * @returns the address without a slash at its end
 * @throws TypeError when the issuer is no origin, or plain http beyond loopback, or the path makes no sense
 */
export function issuerBase(issuer: string, basePath: string): string {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url === undefined || url.origin !== issuer)
    throw new TypeError(
      '"issuer" is the public origin of the deployment, like "https://example.com", with nothing behind it',
    )
  // Who can change what travels would choose the keys.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new TypeError('"issuer" must be https; plain http is for localhost alone')
  if (!/^(\/[\w.~-]+)*$/.test(basePath))
    throw new TypeError('"basePath" is a path like "/api/auth", without a slash at its end')
  return issuer + basePath
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}
