// The image service: keeps people's images, and knows them by the token alone. No secret, no database, no call to the API per request:
// the guard fetches the public keys now and then, and every second who has signed out.
import fastify from 'fastify'
import { guard } from '@hallpass/guard'
import { bearer } from '@hallpass/guard/fastify'
import { API, IMAGES, portOf } from './addresses.ts'

// Its audience rule: a token must name this service.
const pass = guard({ issuer: API, audience: IMAGES })
const images = new Map<string, Buffer>()

const app = fastify({ bodyLimit: 5_000_000 })
app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
// Before the body is read: a stranger's five megabytes are not even received.
app.addHook('onRequest', bearer(pass))

app.put<{ Params: { name: string }; Body: Buffer }>('/images/:name', async (request, reply) => {
  images.set(`${request.auth.subject}/${request.params.name}`, request.body)
  return reply.code(204).send()
})
app.get<{ Params: { name: string } }>('/images/:name', async (request, reply) => {
  const image = images.get(`${request.auth.subject}/${request.params.name}`)
  if (image === undefined) return reply.code(404).send()
  return reply.type('image/png').send(image)
})

await app.listen({ port: portOf(IMAGES), host: 'localhost' })
process.stdout.write(`images on ${IMAGES}\n`)
process.once('SIGTERM', () => {
  pass.close()
  void app.close()
})
