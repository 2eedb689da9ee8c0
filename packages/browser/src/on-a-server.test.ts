// 49: where there is no page, on a server that renders, the client touches nothing and waits for nothing.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { createAuth } from './index.ts'
import { useAuth } from './react.ts'

test('49: on a server, a client changes no global, sends nothing and lets the process end', () => {
  const client = JSON.stringify(new URL('./index.ts', import.meta.url).href)
  const script = `
    const before = new Set(Reflect.ownKeys(globalThis))
    globalThis.fetch = () => { throw new Error('something was sent') }
    const { createAuth } = await import(${client})
    // (The symbols are Node's own, once its fetch is used.)
    const auth = createAuth({ origins: ['http://api.test'], onEvent: (event) => { throw new Error(event) } })
    const state = await auth.ready
    const error = await auth.fetch('http://api.test/').catch((reason) => reason.code)
    auth.subscribe(() => undefined)
    console.log(JSON.stringify([Reflect.ownKeys(globalThis).filter((key) => !before.has(key) && typeof key === 'string'), state, error]))`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--experimental-strip-types', '--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: 60_000, cwd: fileURLToPath(new URL('.', import.meta.url)) },
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toEqual([[], { status: 'loading', user: null, degraded: false }, 'unavailable'])
})

test('49: what is rendered there is what the browser begins with', () => {
  const auth = createAuth()
  const App = () => createElement('p', null, useAuth(auth).status)
  expect(renderToString(createElement(App))).toBe('<p>loading</p>')
})
