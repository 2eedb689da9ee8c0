// Starts the three services, each a process of its own, and makes the API a secret at the first start. In production each runs on a
// machine of its own, and only the API is given the secret.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSecret } from '@hallpass/server'

const SECRET_FILE = 'data/secret'

if (!existsSync(SECRET_FILE)) {
  mkdirSync('data', { recursive: true, mode: 0o700 })
  writeFileSync(SECRET_FILE, generateSecret(), { mode: 0o600 })
}
const start = (service: string, own: Record<string, string>) =>
  spawn(process.execPath, ['-C', '@hallpass/source', join(import.meta.dirname, `${service}.ts`)], {
    env: { ...process.env, ...own },
    stdio: 'inherit',
  })

const services = [
  start('api', { HALLPASS_SECRET: readFileSync(SECRET_FILE, 'utf8') }),
  start('images', {}),
  start('billing', {}),
]
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const service of services) service.kill('SIGTERM')
  })
