// The runner's side of the attacker's process: gives it orders and hears what the server answered it.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Certificates } from './certificates.ts'
import type { Answer, Ask, Orders, Published, Report } from './thief-orders.ts'

export interface Thief {
  /** Where the attacker's sites listen. */
  readonly port: number
  forget(): Promise<void>
  publish(page: Published): Promise<void>
  /** Waits, at most so many ms, for the injected script to come to its end. */
  report(milliseconds?: number): Promise<Report>
  copy(kind: string, value: string): Promise<void>
  /** Puts loot into the attacker's own cookie jar, under that name. */
  useCookie(name: string, kind: string): Promise<void>
  copyCookieFile(file: string, host: string): Promise<readonly string[]>
  copyStorage(profile: string): Promise<boolean>
  ask(ask: Ask): Promise<Answer>
  close(): void
}

type Input<Order extends keyof Orders> = Parameters<Orders[Order]>[0]
type Result<Order extends keyof Orders> = Awaited<ReturnType<Orders[Order]>>

export async function hireThief(certificates: Certificates, appPort: number): Promise<Thief> {
  const child = fork(fileURLToPath(new URL('thief-process.ts', import.meta.url)), { execArgv: [] })
  const pending = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  let last = 0
  child.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
    const one = pending.get(id)
    pending.delete(id)
    if (error === undefined) one?.resolve(result)
    else one?.reject(new Error(error))
  })
  child.on('exit', () => {
    for (const { reject } of pending.values()) reject(new Error("the attacker's process ended"))
  })

  const tell = <Order extends keyof Orders>(order: Order, input?: Input<Order>): Promise<Result<Order>> =>
    new Promise((resolve, reject) => {
      const id = ++last
      pending.set(id, { resolve, reject })
      child.send({ id, order, input })
    })

  const port = await tell('start', { certificates, port: appPort })
  return {
    port,
    forget: () => tell('forget'),
    publish: (page) => tell('publish', page),
    report: (milliseconds = 2_500) => tell('report', milliseconds),
    copy: (kind, value) => tell('copy', { kind, value }),
    useCookie: (name, kind) => tell('cookie', { name, kind }),
    copyCookieFile: (file, host) => tell('cookieFile', { file, host }),
    copyStorage: (profile) => tell('storage', profile),
    ask: (ask) => tell('ask', ask),
    close: () => child.disconnect(),
  }
}
