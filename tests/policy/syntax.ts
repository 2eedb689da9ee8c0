// Reading a source file: its syntax tree, its comments and what it imports, by the parser that Vite brings.
import { parseSync } from 'vite'

/** A node of the tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly [member: string]: unknown
}

export interface ModuleImport {
  /** What stands between the quotes; undefined for `import(expression)`, which no rule can follow. */
  readonly specifier: string | undefined
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

export interface Syntax {
  readonly body: readonly SyntaxNode[]
  readonly comments: readonly { readonly text: string; readonly start: number }[]
  readonly imports: readonly ModuleImport[]
}

/**
 * Parses a source file.
 *
 * @throws Error when it does not parse: a file no rule can read must not pass for a good one
 */
export function parse(path: string, text: string): Syntax {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const syntax = read(path, text)
  parsed.set(text, syntax)
  return syntax
}

/** Several rules look at every file: each is parsed once. */
const parsed = new Map<string, Syntax>()

function read(path: string, text: string): Syntax {
  const { program, module, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`)

  const fixed = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    typeOnly:
      /^import\s+type\b/.test(text.slice(start)) || (entries.length > 0 && entries.every((entry) => entry.isType)),
    dynamic: false,
  }))
  const passedOn = module.staticExports.flatMap(({ entries }) => {
    const specifier = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest?.value
    return specifier === undefined
      ? []
      : [{ specifier, typeOnly: entries.every((entry) => entry.isType), dynamic: false }]
  })
  const body = program.body as unknown as readonly SyntaxNode[]
  const later: ModuleImport[] = []
  for (const node of nodes(body)) {
    // `import('…')` as an expression runs; as a type (`TSImportType`) it does not. `require` would escape the graph altogether.
    if (node.type === 'ImportExpression')
      later.push({ specifier: literal(node['source']), typeOnly: false, dynamic: true })
    if (node.type === 'TSImportType') {
      later.push({ specifier: literal(node['source'] ?? node['argument']), typeOnly: true, dynamic: true })
    }
    if (isCallOf(node, 'require')) later.push({ specifier: undefined, typeOnly: false, dynamic: true })
  }
  return {
    body,
    comments: comments.map(({ value, start }) => ({ text: value.trim(), start })),
    imports: [...fixed, ...passedOn, ...later],
  }
}

/** Every node below, in no promised order. */
export function* nodes(from: unknown): Generator<SyntaxNode> {
  if (Array.isArray(from)) {
    for (const each of from) yield* nodes(each)
  } else if (typeof from === 'object' && from !== null) {
    if (isNode(from)) yield from
    for (const value of Object.values(from)) yield* nodes(value)
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** `a.b.c` of a member expression, as far as its names are plain. */
export function dotted(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'Identifier') return String(node['name'])
  if (node.type === 'MemberExpression') {
    const property = node['property']
    const name = isNode(property) ? (literal(property) ?? dotted(property)) : ''
    return `${dotted(node['object'])}.${name}`
  }
  // A cast is transparent: `(globalThis as X).fetch = …` is the same deed.
  if (isNode(node['expression'])) return dotted(node['expression'])
  return ''
}

function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'TSLiteralType') return literal(node['literal'])
  return node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined
}

function isCallOf(node: SyntaxNode, name: string): boolean {
  return node.type === 'CallExpression' && dotted(node['callee']) === name
}
