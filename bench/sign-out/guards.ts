// A process with many guards: told a token, it says when each of them first refused it, on the clock that processes of one machine share.
import { createInterface } from 'node:readline'
import { guard } from '@hallpass/guard'

const { ISSUER = '', COUNT = '1' } = process.env
const guards = Array.from({ length: Number(COUNT) }, () => guard({ issuer: ISSUER, audience: ISSUER }))
const say = (line: string) => process.stdout.write(`${line}\n`)

const look = setInterval(() => {
  if (!guards.every((one) => one.health().revocations.live)) return
  clearInterval(look)
  say('live')
}, 20)

for await (const line of createInterface({ input: process.stdin })) {
  const [what, token = ''] = line.split(' ')
  if (what === 'memory') {
    const { gc } = globalThis
    gc?.()
    say(`memory ${process.memoryUsage().heapUsed} ${guards[0]?.health().revocations.count ?? 0}`)
    continue
  }
  const waiting = new Set(guards)
  for (const one of guards)
    if (!(await one.check(`Bearer ${token}`)).ok) throw new Error('a guard refused a token that lives')
  say('watching')
  const refusedAt: number[] = []
  while (waiting.size > 0) {
    for (const one of waiting) {
      if ((await one.check(`Bearer ${token}`)).ok) continue
      refusedAt.push(performance.timeOrigin + performance.now())
      waiting.delete(one)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  say(`refused ${refusedAt.join(' ')}`)
}
process.exit(0)
