// The rules one file can break, over the whole repository; each rule is also shown a file that breaks it.
import { expect, test } from 'vitest'
import { classes, doors, fileLength, fileName, fileRules, firstComment, LONGEST, patching } from './file-rules.ts'
import { isSource, repositoryFiles } from './repository-files.ts'

const files = repositoryFiles()

test('the walk sees the repository: every package, and itself', () => {
  const seen = new Set(files.map((file) => file.path))
  for (const room of ['token', 'guard', 'server', 'browser', 'hallpass']) {
    expect(seen).toContain(`packages/${room}/package.json`)
    expect(files.some((file) => file.path.startsWith(`packages/${room}/`) && isSource(file.path))).toBe(true)
  }
  expect(seen).toContain('tests/policy/file-rules.test.ts')
  expect([...seen].filter((path) => path.includes('node_modules'))).toEqual([])
})

test.each(Object.entries(fileRules))('%s holds in every file', (_, rule) => {
  expect(files.flatMap(rule)).toEqual([])
})

const good = '// What this file is about, in a sentence.\nexport const one = 1\n'

test('a file of 401 lines is refused, one of 400 is not', () => {
  const lines = (count: number) => ({ path: 'packages/token/src/long.ts', text: '// x\n'.repeat(count) })
  expect(fileLength(lines(LONGEST))).toEqual([])
  expect(fileLength(lines(LONGEST + 1))).toHaveLength(1)
  expect(fileLength({ path: 'packages/hallpass/pages/x.css', text: '\n'.repeat(LONGEST + 1) })).toHaveLength(1)
})

test.each([
  ['no comment', 'export const one = 1\n'],
  ['a comment below the code', 'export const one = 1\n// What this file is about, in a sentence.\n'],
  ['a comment that says nothing', '// ---\nexport const one = 1\n'],
])('a file that begins with %s is refused', (_, text) => {
  expect(firstComment({ path: 'packages/token/src/a.ts', text })).toHaveLength(1)
})

test('a first comment may stand under the line that names the interpreter', () => {
  expect(firstComment({ path: 'scripts/a.mjs', text: `#!/usr/bin/env node\n${good}` })).toEqual([])
})

test.each(['packages/token/src/signJwt.ts', 'packages/token/src/sign_jwt.ts', 'packages/token/src/Sign.ts'])(
  '%s is no kebab-case',
  (path) => {
    expect(fileName({ path, text: good })).toHaveLength(1)
  },
)

test.each(['utils', 'helpers', 'common', 'types'])('neither a file nor a folder may be called %s', (name) => {
  expect(fileName({ path: `packages/token/src/${name}.ts`, text: good })).toHaveLength(1)
  expect(fileName({ path: `packages/token/src/${name}/sign.ts`, text: good })).toHaveLength(1)
})

test.each([
  ['holds code', "// The door.\nexport { a } from './a.ts'\nexport const b = 1\n"],
  ['imports and passes on', "// The door.\nimport { a } from './a.ts'\nexport { a }\n"],
  ['exports everything', "// The door.\nexport * from './a.ts'\n"],
])('a door that %s is refused', (_, text) => {
  expect(doors({ path: 'packages/token/src/index.ts', text })).not.toEqual([])
})

test('a door that names what it passes on is a door', () => {
  const text = "// The door.\nexport { a } from './a.ts'\nexport type { B } from './a.ts'\n"
  expect(doors({ path: 'packages/token/src/index.ts', text })).toEqual([])
})

test.each([
  ['without a parent', 'class Store {}'],
  ['with another parent', 'class Store extends Base {}'],
  ['as an expression', 'const store = new (class { x = 1 })()'],
])('a class %s is refused', (_, code) => {
  expect(classes({ path: 'packages/token/src/a.ts', text: `// x\n${code}\n` })).toHaveLength(1)
})

test('an error may be a class', () => {
  expect(classes({ path: 'packages/token/src/a.ts', text: '// x\nclass TokenError extends Error {}\n' })).toEqual([])
})

test.each([
  'globalThis.fetch = wrapped',
  "globalThis['fetch'] = wrapped",
  '(window as unknown as { fetch: unknown }).fetch = wrapped',
  'Response.prototype.json = wrapped',
  "Object.defineProperty(globalThis, 'fetch', {})",
  'Object.assign(Array.prototype, {})',
  'delete window.fetch',
])('patching what is everybody’s is refused: %s', (code) => {
  expect(patching({ path: 'packages/browser/src/a.ts', text: `// x\n${code}\n` })).toHaveLength(1)
})

test('using what is everybody’s is no patching', () => {
  const text = "// x\nconst call = globalThis.fetch\nwindow.location.href = '/'\nstate.prototypeCount = 1\n"
  expect(patching({ path: 'packages/browser/src/a.ts', text })).toEqual([])
})
