// The main API: signs people in, and has an endpoint of its own. The only one of the three with a secret and a database.
import express from 'express'
import { bearer } from '@hallpass/guard/express'
import { hallpass } from '@hallpass/server'
import { mount } from '@hallpass/server/express'
import { API, BILLING, IMAGES, portOf } from './addresses.ts'

const auth = await hallpass({
  issuer: API,
  secret: process.env['HALLPASS_SECRET'] ?? '',
  database: process.env['DATABASE'] ?? 'data/three-services.db',
  // A token of a sign-in is for this API and for these. `POST refresh {"audience": …}` gives one for a single service.
  audience: [IMAGES, BILLING],
})

const app = express()
app.use('/api/auth', mount(auth))
app.get('/api/profile', bearer(auth.guard), async (request, response) => {
  const account = await auth.accounts.find(request.auth.subject)
  response.json({ id: request.auth.subject, email: account?.email })
})

const server = app.listen(portOf(API), () => process.stdout.write(`api on ${API}\n`))
process.once('SIGTERM', () => {
  // The streams on which the services hear of sign-outs are ended, what is under way is answered, and a second later nothing is open.
  auth.drain()
  server.close(() => void auth.close())
  setTimeout(() => server.closeAllConnections(), 1_000)
})
