// The server: a login for users of its own, one endpoint behind it, and the page.
import { join } from 'node:path'
import express from 'express'
import { bearer } from '@hallpass/guard/express'
import { hallpass } from '@hallpass/server'
import { mount } from '@hallpass/server/express'
import { keptSecret } from './secret.ts'
import { checkPassword, findUser } from './users.ts'

const port = Number(process.env['PORT'] ?? 3000)
const data = process.env['DATA'] ?? 'data'

const auth = await hallpass({
  issuer: `http://localhost:${port}`,
  secret: keptSecret(data),
  database: join(data, 'sessions.db'),
  checkPassword,
  findUser,
})

const app = express()
app.use(express.json())
app.use('/api/auth', mount(auth))
app.get('/api/profile', bearer(auth.guard), (request, response) => {
  response.json(findUser(request.auth.subject))
})
app.use(express.static(join(import.meta.dirname, 'dist')))

const server = app.listen(port, () => process.stdout.write(`http://localhost:${port}\n`))
process.once('SIGTERM', () => server.close(() => void auth.close()))
