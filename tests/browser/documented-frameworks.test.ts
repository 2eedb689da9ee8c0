// React, Vue and Svelte as docs/guides/front-end.md shows them: the code of the page, bundled and rendered in Chromium, follows somebody who signs
// in, whose token is renewed, and who signs out.
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { compile } from 'svelte/compiler'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openStage, type Stage } from '../support/browser.ts'
import { documentedProgram } from '../support/documented-program.ts'
import { newEmail, PASSWORD } from '../support/people.ts'

const resolveDir = fileURLToPath(new URL('../..', import.meta.url))
const shown = (name: string): string => documentedProgram('docs/guides/front-end.md', name)

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.tidy())
afterAll(() => stage.close())

/** The modules that the shown programs import, under the names they are imported by. */
const modules: Readonly<Record<string, () => string>> = {
  './auth.js': () => `${shown('auth')}\nglobalThis.auth = auth`,
  './session.js': () => shown('svelte-store'),
  './Hello.svelte': () => compile(shown('svelte'), { generate: 'client', filename: 'Hello.svelte' }).js.code,
}

/** What stands around each: a place on the page, and what the page of the guide leaves to its reader. */
const programs: Readonly<Record<string, () => string>> = {
  react: () => `
    import { createRoot } from 'react-dom/client'
    ${shown('react')}
    function SignIn() { return <p>Sign in</p> }
    createRoot(document.querySelector('main')).render(<App />)`,
  vue: () => `
    import { createApp, h } from 'vue'
    ${shown('vue')}
    const words = ({ status, user }) => (status === 'in' ? 'Hello ' + user.name : status === 'out' ? 'Sign in' : '')
    createApp({ setup: () => { const session = useAuth(); return () => h('p', words(session.value)) } }).mount('main')`,
  svelte: () => `
    import { mount } from 'svelte'
    import Hello from './Hello.svelte'
    mount(Hello, { target: document.querySelector('main') })`,
}

const fromTheGuide: Plugin = {
  name: 'from-the-guide',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/(?:auth|session)\.js$|^\.\/Hello\.svelte$/ }, ({ path }) => ({
      path,
      namespace: 'guide',
    }))
    onLoad({ filter: /.*/, namespace: 'guide' }, ({ path }) => ({ contents: modules[path]?.() ?? '', resolveDir }))
  },
}

test.each(Object.keys(programs))(
  '%s of the guide shows who is signed in, and renders nothing for a renewed token',
  async (name) => {
    const { outputFiles } = await build({
      stdin: { contents: programs[name]?.() ?? '', resolveDir, loader: 'jsx' },
      bundle: true,
      format: 'esm',
      write: false,
      jsx: 'automatic',
      conditions: ['@hallpass/source', 'browser'],
      define: { 'process.env.NODE_ENV': '"production"' },
      plugins: [fromTheGuide],
    })
    const browser = await stage.browser()
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    const script = outputFiles[0]?.text ?? ''
    await page.route(`${stage.origin}/${name}`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><main></main><script type="module" src="/shown.js"></script>',
      }),
    )
    await page.route(`${stage.origin}/shown.js`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    )
    await page.goto(`${stage.origin}/${name}`)

    const text = () => page.textContent('main')
    await page.waitForFunction(() => document.querySelector('main')?.textContent?.includes('Sign in'))
    const person = { email: newEmail(), password: PASSWORD, name: 'Ada' }
    await page.evaluate((body) => auth.login(body, { path: 'register' }), person)
    await page.waitForFunction(() => document.querySelector('main')?.textContent?.includes('Hello Ada'))

    // A renewed token changes nothing on the page.
    const changed = await page.evaluate(async () => {
      let seen = 0
      const observer = new MutationObserver((changes) => (seen += changes.length))
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
      await auth.refresh()
      await new Promise((resolve) => setTimeout(resolve, 100))
      observer.disconnect()
      return seen
    })
    expect(changed).toBe(0)

    await page.evaluate(() => auth.logout())
    await page.waitForFunction(() => document.querySelector('main')?.textContent?.includes('Sign in'))
    expect(await text()).not.toContain('Ada')
    expect(errors).toEqual([])
  },
)
