// Programs that the documentation shows: taken out of a page as they stand, and started as processes.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateSecret } from '@hallpass/server'
import { exchange } from './http-exchange.ts'
import { repositoryText } from './repository-text.ts'

/** Inside the workspace, so that the programs find its packages as an installed one would. */
const FOLDER = fileURLToPath(new URL('../../.cache/documentation/', import.meta.url))

/** The block that follows `<!-- runs: name -->` on a page. */
export function documentedProgram(page: string, name: string): string {
  const block = new RegExp(`<!-- runs: ${name} -->\\s*\`\`\`(?:jsx?|svelte)\\n([\\s\\S]*?)\\n\`\`\``).exec(
    repositoryText(page),
  )?.[1]
  if (block === undefined) throw new Error(`${page} has no program called ${name}`)
  return block
}

export interface RunningPrograms {
  /** Starts a program with other ports than it shows, and waits until the port `answers` does. */
  start(text: string, ports: Readonly<Record<string, number>>, answers: number): Promise<void>
  /** Ends those that run. */
  stop(): Promise<void>
  /** And removes what they wrote. */
  remove(): Promise<void>
}

export function runDocumentedPrograms(): RunningPrograms {
  mkdirSync(FOLDER, { recursive: true })
  const directory = mkdtempSync(FOLDER)
  const running: ChildProcess[] = []

  const stop = async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill()
      await once(child, 'exit')
    }
  }

  return {
    stop,
    async start(text, ports, answers) {
      const cwd = mkdtempSync(join(directory, 'program-'))
      const source = Object.entries(ports).reduce((now, [shown, port]) => now.replaceAll(shown, String(port)), text)
      writeFileSync(join(cwd, 'server.mjs'), source)
      const child = spawn(process.execPath, ['-C', '@hallpass/source', 'server.mjs'], {
        cwd,
        env: { ...process.env, HALLPASS_SECRET: generateSecret() },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      running.push(child)
      let said = ''
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const until = Date.now() + 60_000
      while (Date.now() < until) {
        if (child.exitCode !== null) throw new Error(`the program ended: ${said}`)
        const answer = await exchange(`http://127.0.0.1:${answers}`, 'GET', '/api/profile', {}).catch(() => undefined)
        if (answer !== undefined) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`the program does not answer: ${said}`)
    },
    async remove() {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
