// docs/wire.md lists every endpoint of the server with its method and who may ask, and no endpoint that is not there.
import { expect, test } from 'vitest'
import { repositoryFiles } from './repository-files.ts'

/** `POST refresh` → the guards of the row, from the table of routes.ts. */
function endpointsOfSource(text: string): ReadonlyMap<string, string> {
  const rows = text.matchAll(/^ {4}\['([A-Z]+)', (?:at\('([^']+)'\)|'([^']+)'), (.+)\],$/gm)
  return new Map(
    [...rows].map(([, method, path, absolute, handler = '']) => [`${method} ${path ?? absolute}`, guards(handler)]),
  )
}

function guards(handler: string): string {
  const names = [/sameOrigin\(/.test(handler) && 'our pages', /bearer\(|verify/.test(handler) && 'an access token']
  return names.filter((name) => name !== false).join(' and ') || 'anybody'
}

/** The same from the table of the page: `| `POST refresh` | our pages, with the cookie | … |`. */
function endpointsOfPage(text: string): ReadonlyMap<string, string> {
  const rows = [...text.matchAll(/^\| `([A-Z]+ [a-z/:]+)` \| ([^|]+) \|/gm)]
  return new Map(rows.map(([, endpoint = '', who = '']) => [endpoint, whoOf(who)]))
}

function whoOf(text: string): string {
  const names = [text.includes('our pages') && 'our pages', text.includes('an access token') && 'an access token']
  return names.filter((name) => name !== false).join(' and ') || 'anybody'
}

const textOf = (path: string) => repositoryFiles().find((file) => file.path === path)?.text ?? ''

test('docs/wire.md and the table of routes list the same endpoints behind the same guards', () => {
  const source = new Map(endpointsOfSource(textOf('packages/server/src/http/routes.ts')))
  expect(source.size).toBeGreaterThan(10)
  // The page speaks of the second name of the key set in a sentence.
  expect(source.delete('GET /.well-known/jwks.json')).toBe(true)
  expect(textOf('docs/wire.md')).toContain('`GET /.well-known/jwks.json`')
  expect(Object.fromEntries(endpointsOfPage(textOf('docs/wire.md')))).toEqual(Object.fromEntries(source))
})

test('a row that is missing, or has another guard, would be seen', () => {
  const source = endpointsOfSource(
    "    ['POST', at('password'), sameOrigin(bearer(handlers.x))],\n    ['GET', at('jwks'), handlers.jwks],\n",
  )
  const page = (who: string) =>
    endpointsOfPage(`| \`POST password\` | ${who} | 200 |\n| \`GET jwks\` | anybody | 200 |\n`)
  expect(Object.fromEntries(page('our pages, with an access token'))).toEqual(Object.fromEntries(source))
  expect(Object.fromEntries(page('an access token'))).not.toEqual(Object.fromEntries(source))
  expect(Object.fromEntries(endpointsOfPage(''))).not.toEqual(Object.fromEntries(source))
})
