// Does each protection of the token core matter? Takes them away one by one and runs the tests: a weakening that no test notices is a
// survivor, and fails this run. `node -C @hallpass/source tests/mutation/main.ts [file …]` for all, or for those of some files.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { runRegistered } from './small-vitest.ts'
import { weakenings, type Weakening } from './weakenings.ts'

const root = new URL('../..', import.meta.url)
const source = new URL('packages/token/src/', root).href
const support = new URL('tests/', root).href
const smallVitest = new URL('small-vitest.ts', import.meta.url).href

/** Exhaustive over every bit of a token: too slow for here, and nothing that a single case would not show. */
const SKIP = /^SIG-02|^a flood of fresh tokens/

// Every run has modules of its own, marked by a number in their address; those of the package are read with the weakening in place.
let current: Weakening | undefined
registerHooks({
  resolve(specifier, context, next) {
    const run = /\?run=\d+$/.exec(context.parentURL ?? '')?.[0]
    if (run === undefined) return next(specifier, context)
    if (specifier === 'vitest') return { url: smallVitest, shortCircuit: true }
    const resolved = next(specifier, context)
    const ours = resolved.url.startsWith(source) || resolved.url.startsWith(support)
    return ours && resolved.url !== smallVitest ? { ...resolved, url: `${resolved.url}${run}` } : resolved
  },
  load(url, context, next) {
    const loaded = next(url, context)
    if (current === undefined || !url.startsWith(`${source}${current.file}?`)) return loaded
    const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString()
    if (!text.includes(current.find)) throw new Error('the weakening does not apply')
    return { ...loaded, source: text.replace(current.find, () => current?.put ?? '') }
  },
})

let runs = 0

/** What noticed a weakening: the first test that failed, or the error that kept a file from loading. */
async function noticedBy(weakening: Weakening | undefined, tests: readonly string[]): Promise<string | undefined> {
  current = weakening
  const run = `?run=${++runs}`
  for (const path of tests) {
    try {
      await import(new URL(path, root).href + run)
    } catch (error) {
      await runRegistered(/^/)
      return `${path} does not load: ${error instanceof Error ? error.message : String(error)}`
    }
    const failed = await runRegistered(SKIP)
    if (failed !== undefined) return failed
  }
  return undefined
}

// A promise that nobody waits for and that fails is noticed, too: vitest fails a run for it.
let stray: unknown
process.on('unhandledRejection', (error) => (stray = error))

const [verbose, files] = [
  process.argv.includes('--verbose'),
  process.argv.slice(2).filter((one) => !one.startsWith('--')),
]
const chosen = weakenings.filter(({ file }) => files.length === 0 || files.includes(file))
const words = ({ file, find, put }: Weakening): string => `${file}: ${find.trim()}  →  ${put.trim() || 'nothing'}`
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const stale = chosen.filter(({ file, find }) => !readFileSync(new URL(`${source}${file}`), 'utf8').includes(find))
for (const one of stale) say(`does not apply any more  ${words(one)}`)

const untouched = await noticedBy(undefined, [...new Set(chosen.flatMap(({ tests }) => tests))])
if (untouched !== undefined) {
  say(`a test fails without any weakening: ${untouched}`)
  process.exit(1)
}

let survived = 0
for (const one of chosen) {
  if (stale.includes(one)) continue
  stray = undefined
  const failed = await noticedBy(one, one.tests)
  await new Promise((resolve) => setImmediate(resolve))
  const noticed = failed ?? (stray === undefined ? undefined : 'a rejection that nobody waited for')
  if (noticed === undefined) survived++
  if (noticed === undefined || verbose)
    say(`${noticed === undefined ? 'SURVIVED' : 'noticed '}  ${words(one)}  ${noticed?.slice(0, 160) ?? ''}`)
}
const tried = chosen.length - stale.length
say(`${tried - survived} of ${tried} weakenings noticed, ${survived} survived, ${stale.length} stale`)
process.exit(survived + stale.length === 0 ? 0 : 1)
