// A proxy on loopback that knows the lab's host names and no others: for browsers that cannot be told where a name is to be found.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'

export interface HostProxy {
  readonly port: number
  close(): void
}

/** @param ports where each host name listens; everything else is refused */
export async function openHostProxy(ports: ReadonlyMap<string, number>): Promise<HostProxy> {
  const server = createServer((_, response) => void response.writeHead(403).end())
  server.on('connect', ({ url = '' }, client, head) => {
    const port = ports.get(url.replace(/:443$/, ''))
    client.on('error', () => client.destroy())
    if (port === undefined) {
      client.end('HTTP/1.1 502 Not in the lab\r\n\r\n')
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    port: address.port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
