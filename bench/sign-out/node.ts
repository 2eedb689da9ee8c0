// A node of the deployment that is measured, in a process of its own.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { hallpass } from '@hallpass/server'
import { mount } from '@hallpass/server/node'

const { DATABASE: database = '', SECRET: secret = '', ISSUER: issuer = '' } = process.env
const auth = await hallpass({ database, secret, issuer, checkPassword: (email) => ({ id: email }) })
const listener = mount(auth, { trustedProxies: 1 })
const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listens ${typeof address === 'object' ? (address?.port ?? 0) : 0}\n`)
})
for await (const line of createInterface({ input: process.stdin })) if (line === 'stop') break
process.exit(0)
