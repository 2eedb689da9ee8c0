// Runs a few lines of TypeScript in a process of its own, from source, the way the program runs.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export interface Script {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Lines written so far, oldest first; the last may be unfinished. */
  lines(): readonly string[]
  /** Waits for a line that begins with `start`. */
  line(start: string): Promise<string>
  /** Waits for the end; what it wrote to its error output is in `errors`. */
  end(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly errors: string }>
}

/**
 * Starts a script.
 *
 * @param source an ES module; `from` is the URL that its `load('./x.ts')` is relative to
 * @param environment variables on top of this process's own
 */
export function startScript(source: string, from: string, environment: Readonly<Record<string, string>> = {}): Script {
  const load = `const load = (path) => import(new URL(path, ${JSON.stringify(from)}).href);\n`
  const child = spawn(
    process.execPath,
    ['-C', '@hallpass/source', '--input-type=module-typescript', '-e', load + source],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    },
  )
  let output = ''
  let errors = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    for (const look of waiting) look()
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    errors,
  }))

  return {
    child,
    lines: () => output.split('\n').filter((line) => line !== ''),
    line: (start) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = output
            .split('\n')
            .slice(0, -1)
            .find((line) => line.startsWith(start))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`the script ended without saying "${start}": ${errors}`)))
      }),
    end: () => ended,
  }
}
