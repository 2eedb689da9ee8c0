// Hallpass with the `host` cookie, on pages with a strict content security policy and Trusted Types.
import { startHallpass } from './hallpass-server.ts'
import type { Target } from './target.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  'report-uri /policy-report',
].join('; ')

export const hallpassStrict: Target = {
  name: 'hallpass-strict',
  title: 'Hallpass, host cookie, strict CSP',
  about:
    'Hallpass with the cookie that no sibling host can plant, on pages that run no injected script (CSP and Trusted Types).',
  paths: [
    'packages',
    'lab/targets/hallpass-strict.ts',
    'lab/targets/hallpass-server.ts',
    'lab/targets/hallpass-page.ts',
    'lab/targets/hallpass-client.ts',
    'lab/app',
  ],
  access: 'bearer',
  refreshCookie: '__Host-Http-hallpass',
  unframed: true,
  start: (place) =>
    startHallpass({ cookie: { mode: 'host' } }, { headers: { 'content-security-policy': POLICY } }, place),
}
