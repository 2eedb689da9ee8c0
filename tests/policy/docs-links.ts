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

/** Targets of `[text](target)`, `[text]: target` and `src="target"`, outside code. */
function links(markdown: string): readonly string[] {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')
  return [
    ...[...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1] ?? ''),
    ...[...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1] ?? ''),
    ...[...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1] ?? ''),
  ]
}

/** The anchors GitHub makes of headings. */
function anchors(markdown: string): ReadonlySet<string> {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
  return new Set(
    [...prose.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
