// Links of the documentation: every one of them leads to a file that is there, and to a heading that is there.
import { posix } from 'node:path'
import type { RepositoryFile } from './repository-files.ts'

/** Sentences about links that lead nowhere. `exists` is asked for files that are no text, like pictures. */
export function brokenLinks(files: readonly RepositoryFile[], exists: (path: string) => boolean): readonly string[] {
  const pages = new Map(files.filter(({ path }) => path.endsWith('.md')).map(({ path, text }) => [path, text]))
  return [...pages].flatMap(([page, text]) =>
    links(text).flatMap((link) => {
      if (/^(https?:|mailto:)/.test(link)) return []
      const [target = '', anchor] = link.split('#', 2)
      const path = target === '' ? page : posix.join(posix.dirname(page), decodeURI(target)).replace(/\/$/, '')
      if (path.startsWith('..') || !exists(path)) return [`${page}: ${link} is not there`]
      const headed = pages.get(path)
      if (anchor === undefined || headed === undefined) return []
      return anchors(headed).has(anchor) ? [] : [`${page}: ${link} names a heading that is not there`]
    }),
  )
}

/** Sentences about paths of the repository that a page names, between backticks, and that are not there. */
export function brokenPaths(files: readonly RepositoryFile[], exists: (path: string) => boolean): readonly string[] {
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path: page, text }) =>
      [...text.matchAll(/`((?:packages|tests|docs|examples|lab|bench|scripts)\/[\w./-]+)`/g)]
        .map(([, path = '']) => path)
        .filter((path) => !exists(path))
        .map((path) => `${page}: ${path} is not there`),
    )
}

/** Sections of the threat model that claim a protection and name no test for it. */
export function unprovenClaims(threatModel: string): readonly string[] {
  const protectedPart = threatModel.split('## What is not protected')[0] ?? ''
  return protectedPart
    .split(/^### /m)
    .slice(1)
    .filter((section) => !/`(tests|packages)\/[\w./-]+`/.test(section))
    .map((section) => section.split('\n', 1)[0] ?? '')
}

/** Targets of `[text](target)`, `[text]: target` and `src="target"`, outside code. */
function links(markdown: string): readonly string[] {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')
  return [
    ...[...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1] ?? ''),
    ...[...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1] ?? ''),
    ...[...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1] ?? ''),
  ]
}

/** The anchors GitHub makes of headings, and those that a page names itself. */
function anchors(markdown: string): ReadonlySet<string> {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
  const own = [...prose.matchAll(/<a (?:id|name)="([^"]+)">/g)].map((match) => match[1] ?? '')
  const headings = [...prose.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .replace(/<[^>]*>/g, '')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set([...own, ...headings])
}
