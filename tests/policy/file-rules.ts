// The rules that one file alone can keep or break (design, "House rules"). Each is a function over path and text that answers
// with sentences, so that the tests can show it a bad file as well as the whole repository.
import { isSource, isTest, type RepositoryFile } from './repository-files.ts'
import { dotted, isNode, nodes, parse, type SyntaxNode } from './syntax.ts'

export type FileRule = (file: RepositoryFile) => readonly string[]

export const LONGEST = 400
const FORBIDDEN_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'misc', 'types']

/** At most 400 lines, whatever the file is for. */
export const fileLength: FileRule = ({ path, text }) => {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const counted = isSource(path) || /\.(css|html|sql)$/.test(path)
  return counted && lines > LONGEST ? [`${path} has ${lines} lines; ${LONGEST} are allowed`] : []
}

/** The first thing a source file says is what it is about. */
export const firstComment: FileRule = ({ path, text }) => {
  if (!isSource(path)) return []
  const first = parse(path, text).comments.find((comment) => !text.startsWith('#!', comment.start))
  const before = first === undefined ? text : text.slice(0, first.start).replace(/^#!.*\n/, '')
  if (first === undefined || before.trim() !== '') return [`${path} does not begin with a comment that says what it is`]
  return first.text.replace(/[^\p{L}]/gu, '').length < 15 ? [`${path} begins with a comment that says nothing`] : []
}

/** kebab-case, and no name under which anything might be put. */
export const fileName: FileRule = ({ path }) => {
  if (!isSource(path)) return []
  const parts = path.split('/').map((part) => part.replace(/(\.(test|config|setup))?\.[a-z]+$/, ''))
  const odd = parts.filter((part) => !/^\.?[a-z0-9]+(-[a-z0-9]+)*$/.test(part))
  const vague = parts.filter((part) => FORBIDDEN_NAMES.includes(part))
  return [
    ...odd.map((part) => `${path}: "${part}" is not kebab-case`),
    ...vague.map((part) => `${path}: "${part}" says nothing about what is inside`),
  ]
}

/** A door lists names and holds nothing itself; nobody passes on everything they were given. */
export const doors: FileRule = ({ path, text }) => {
  if (!/^packages\/[^/]+\/src\//.test(path) || !isSource(path)) return []
  const { body } = parse(path, text)
  const wholesale = body.filter((node) => node.type === 'ExportAllDeclaration')
  const own = path.endsWith('/index.ts') ? body.filter((node) => !isReExport(node)) : []
  return [
    ...wholesale.map(() => `${path} exports everything of another file; name what is meant`),
    ...own.map((node) => `${path} is a door and may only re-export by name, but has a ${node.type}`),
  ]
}

function isReExport(node: SyntaxNode): boolean {
  return (node.type === 'ExportNamedDeclaration' && isNode(node['source'])) || node.type === 'ExportAllDeclaration'
}

/** Functions that return objects; classes only for errors, and no inheritance beyond them. */
export const classes: FileRule = ({ path, text }) => {
  if (!isSource(path)) return []
  return [...nodes(parse(path, text).body)]
    .filter((node) => node.type === 'ClassDeclaration' || node.type === 'ClassExpression')
    .filter((node) => !['Error', 'TypeError'].includes(dotted(node['superClass'])))
    .map((node) => `${path}: class ${dotted(node['id'])} is no error; a function that returns an object will do`)
}

const AMBIENT = ['globalThis', 'window', 'self', 'global']

/** Nothing of ours changes what everybody shares: no patched global, no patched prototype. */
export const patching: FileRule = ({ path, text }) => {
  // Attacks of the tests and the lab do exactly this, inside a page that is thrown away.
  if (!isSource(path) || isTest(path) || !/^(packages|examples)\//.test(path)) return []
  const patched: string[] = []
  for (const node of nodes(parse(path, text).body)) {
    const target =
      node.type === 'AssignmentExpression'
        ? dotted(node['left'])
        : node.type === 'UnaryExpression' && node['operator'] === 'delete'
          ? dotted(node['argument'])
          : /^(Object|Reflect)\.(defineProperty|defineProperties|assign|setPrototypeOf|set)$/.test(callee(node))
            ? `${dotted(firstArgument(node))}.*`
            : ''
    const names = target.split('.')
    if ((names.length === 2 && AMBIENT.includes(names[0] ?? '')) || names.slice(1).includes('prototype')) {
      patched.push(`${path} changes ${target}, which is everybody's`)
    }
  }
  return patched
}

function callee(node: SyntaxNode): string {
  return node.type === 'CallExpression' ? dotted(node['callee']) : ''
}

function firstArgument(node: SyntaxNode): unknown {
  const list = node['arguments']
  return Array.isArray(list) ? list[0] : undefined
}

export const fileRules: Readonly<Record<string, FileRule>> = {
  fileLength,
  firstComment,
  fileName,
  doors,
  classes,
  patching,
}
