// Who imports whom, over the whole repository, and the rules of it: only downward between rooms, only through doors, no circles,
// nothing that a package does not declare.
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { isSource, isTest, type RepositoryFile } from './repository-files.ts'
import { parse } from './syntax.ts'

/** hallpass -> server -> guard -> token; browser imports none of them. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  token: [],
  guard: ['token'],
  server: ['guard', 'token'],
  browser: [],
  hallpass: ['server', 'guard', 'token', 'browser'],
}

/** Rooms that run in every web runtime: `node:` modules stay behind `#crypto`, and nothing is installed with them. */
const WITHOUT_DEPENDENCIES = ['token', 'browser']
/** What only Node loads, behind `#crypto`: nothing but these may import these. */
const NODE_ONLY = ['node', 'hmac', 'ecdsa-der', 'scratch'].map((name) => `packages/token/src/crypto/${name}.ts`)
/** What tests of a room may use from outside of it. */
const FOR_TESTS = /^tests\/(support|vectors)\//

export interface Edge {
  readonly from: string
  /** The file, or the package name with its door when it is not one of ours. */
  readonly to: string
  readonly typeOnly: boolean
}

export interface Graph {
  readonly modules: readonly string[]
  readonly edges: readonly Edge[]
  readonly violations: readonly string[]
}

interface Manifest {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly imports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * Reads every import of every source file and judges it.
 *
 * @param files of the repository, manifests included: what an import means is decided from these alone
 */
export function importGraph(files: readonly RepositoryFile[]): Graph {
  const texts = new Map(files.map((file) => [file.path, file.text]))
  const manifests = new Map<string, Manifest>(
    files
      .filter(({ path }) => path === 'package.json' || path.endsWith('/package.json'))
      .map(({ path, text }) => [posix.dirname(path), JSON.parse(text) as Manifest]),
  )
  const ours = new Map([...manifests].flatMap(([folder, { name }]) => (name === undefined ? [] : [[name, folder]])))
  const sources = files.filter(({ path }) => isSource(path))
  const edges: Edge[] = []
  const violations: string[] = []

  for (const { path, text } of sources) {
    for (const { specifier, typeOnly, dynamic } of parse(path, text).imports) {
      const refuse = (sentence: string) => violations.push(`${path}: ${sentence}`)
      if (specifier === undefined) {
        // A package may not choose at run time what it loads; tests and examples may start what they are testing.
        if (path.startsWith('packages/') && !isTest(path)) refuse('loads a module that cannot be read from the source')
        continue
      }
      const to = resolve(path, specifier, texts, manifests, ours)
      if (to === undefined) {
        refuse(`${specifier} leads to no file${specifier.startsWith('.') ? '' : ' behind a door'}`)
        continue
      }
      edges.push({ from: path, to, typeOnly: typeOnly && !dynamic })
      const wrong = judge({ path, specifier, typeOnly, to, manifests, ours, texts })
      if (wrong !== undefined) refuse(wrong)
    }
  }
  return {
    modules: sources.map(({ path }) => path),
    edges,
    violations: [...violations, ...circles(edges).map((circle) => `a circle: ${circle.join(' -> ')}`)],
  }
}

/** The package folder a file belongs to, `.` for what belongs to the workspace as a whole. */
function home(path: string, manifests: ReadonlyMap<string, Manifest>): string {
  let folder = posix.dirname(path)
  while (!manifests.has(folder) && folder !== '.') folder = posix.dirname(folder)
  return folder
}

function resolve(
  from: string,
  specifier: string,
  texts: ReadonlyMap<string, string>,
  manifests: ReadonlyMap<string, Manifest>,
  ours: ReadonlyMap<string, string>,
): string | undefined {
  const bare = specifier.replace(/\?.*$/, '')
  if (bare.startsWith('.')) {
    const path = posix.join(posix.dirname(from), bare)
    // A file that is built, not written (a style sheet's neighbour, an image), need not be text to be there.
    return texts.has(path) || /\.(png|svg|woff2)$/.test(path) ? path : undefined
  }
  if (bare.startsWith('#')) return door(home(from, manifests), manifests.get(home(from, manifests))?.imports?.[bare])
  const name = packageName(bare)
  const folder = ours.get(name)
  if (folder === undefined) return bare
  return door(folder, manifests.get(folder)?.exports?.[`.${bare.slice(name.length)}`])
}

/** The source behind a door: the first condition that is ours, in `exports` or `imports`. */
function door(folder: string, target: unknown): string | undefined {
  if (typeof target === 'string') return posix.join(folder, target)
  if (typeof target !== 'object' || target === null) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    if (condition === '@hallpass/source' || condition === 'node' || condition === 'default') return door(folder, inner)
  }
  return undefined
}

export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier)
}

function judge(one: {
  readonly path: string
  readonly specifier: string
  readonly typeOnly: boolean
  readonly to: string
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly ours: ReadonlyMap<string, string>
  readonly texts: ReadonlyMap<string, string>
}): string | undefined {
  const { path, specifier, typeOnly, to, manifests, ours, texts } = one
  const room = /^packages\/([^/]+)\//.exec(path)?.[1]
  const tested = isTest(path)

  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    const closed = room !== undefined && WITHOUT_DEPENDENCIES.includes(room)
    if (closed && !tested && !typeOnly && !NODE_ONLY.includes(path))
      return `${specifier} is not there in every web runtime`
    return undefined
  }

  if (texts.has(to) || specifier.startsWith('.') || specifier.startsWith('#') || ours.has(packageName(specifier))) {
    const target = /^packages\/([^/]+)\//.exec(to)?.[1]
    if (target === undefined || target === room) {
      const leaves = room !== undefined && target === undefined && !(tested && FOR_TESTS.test(to))
      if (leaves) return `${specifier} is outside its package`
      // `#crypto` is how the choice is made; whoever names the file has made it for every runtime.
      const chosen = NODE_ONLY.includes(to) && !specifier.startsWith('#') && !NODE_ONLY.includes(path)
      return chosen && !tested && !typeOnly ? `${specifier} is for Node alone; import #crypto` : undefined
    }
    // A manifest is what a package says to everybody; and an attacker has read the library, so the lab's attacks may name its types.
    const mayRead = to.endsWith('/package.json') || (typeOnly && path.startsWith('lab/attacks/'))
    if (specifier.startsWith('.') && !mayRead) return `${specifier} goes past the door of ${target}`
    // Tests of a room may hold the room above against it; the room itself only looks down.
    if (room !== undefined && !tested && !(BELOW[room] ?? []).includes(target)) return `${room} may not know ${target}`
  }
  if (texts.has(to) && !ours.has(packageName(specifier))) return undefined
  return declared(path, specifier, typeOnly, manifests)
}

/** A package uses at run time only what installing it brings. Types and tests may come with the workspace. */
function declared(
  path: string,
  specifier: string,
  typeOnly: boolean,
  manifests: ReadonlyMap<string, Manifest>,
): string | undefined {
  const folder = home(path, manifests)
  const own = manifests.get(folder) ?? {}
  const root = manifests.get('.') ?? {}
  const name = packageName(specifier)
  if (name === own.name || name in { ...own.dependencies, ...own.peerDependencies }) return undefined

  // What is there while developing: for types, tests, the programs of the workspace and pages that are built into files.
  const developed = { ...own.devDependencies, ...root.devDependencies }
  const typesOf = `@types/${name.replace(/^@/, '').replace('/', '__')}`
  // Tests of the whole stand where all packages are installed together.
  const together = folder === '.' && [...manifests.values()].some(({ dependencies }) => name in (dependencies ?? {}))
  const known = name in developed || typesOf in developed || together || isWorkspaceName(name, manifests)
  const library = /^packages\/[^/]+\/src\//.test(path) && !isTest(path)
  if (library && !typeOnly) return `${name} is not among the dependencies of ${own.name ?? folder}`
  return known ? undefined : `${name} is not declared`
}

function isWorkspaceName(name: string, manifests: ReadonlyMap<string, Manifest>): boolean {
  return [...manifests.values()].some((manifest) => manifest.name === name)
}

/** Every circle of files, found once. Types are left out: nothing of them runs, and a type lives with its owner. */
function circles(edges: readonly Edge[]): string[][] {
  const next = new Map<string, string[]>()
  for (const { from, to, typeOnly } of edges) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to])
  const found: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file)
    if (at >= 0) {
      found.push([...trail.slice(at), file])
      return
    }
    if (done.has(file)) return
    for (const to of next.get(file) ?? []) visit(to, [...trail, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}
