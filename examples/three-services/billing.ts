// The billing service, on plain node:http. It is stricter than the image service: it wants the person to have typed their password
// within the hour, and would rather answer 503 than let somebody in of whom it is not known whether they have signed out.
import { createServer } from 'node:http'
import { guard } from '@hallpass/guard'
import { bearer } from '@hallpass/guard/node'
import { API, BILLING, portOf } from './addresses.ts'

const HOUR = 3_600

// Its audience rule: a token must name this service; one for the image service alone does not get in.
const pass = guard({ issuer: API, audience: BILLING, onStale: 'reject' })

const invoices = bearer(pass, (request, response) => {
  const { subject, claims } = request.auth
  response.setHeader('Content-Type', 'application/json')
  if (Date.now() / 1000 - claims.auth_time > HOUR) {
    response.writeHead(403).end(JSON.stringify({ code: 'sign_in_again' }))
    return
  }
  response.end(JSON.stringify({ invoices: [{ number: 1, customer: subject, amount: '9.00', currency: 'EUR' }] }))
})

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/invoices') void invoices(request, response)
  else response.writeHead(404).end()
})
server.listen(portOf(BILLING), 'localhost', () => process.stdout.write(`billing on ${BILLING}\n`))
process.once('SIGTERM', () => {
  pass.close()
  server.close()
  server.closeIdleConnections()
})
