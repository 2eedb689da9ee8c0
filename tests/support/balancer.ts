// A TCP balancer in front of one server or several: new connections go to the next one that answers. A test can hold the line still, cut
// it, or take bytes out of what comes back.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  readonly port: number
  readonly url: string
  /** Ports on this machine; changed at any time, for the connections to come. */
  targets: readonly number[]
  /** What comes back passes through here. */
  alter: (chunk: Buffer) => Buffer
  /** While still, nothing comes back and nothing breaks. */
  held: boolean
  /** While refused, a connection is ended as it comes. */
  refused: boolean
  /** The first bytes of every connection, oldest first. */
  readonly opened: readonly string[]
  /** Ends what is open now. */
  cut(): void
  close(): Promise<void>
}

export async function startBalancer(targets: readonly number[] = [], port = 0): Promise<Balancer> {
  const sockets = new Set<Socket>()
  const opened: string[] = []
  let turn = 0

  const keep = (socket: Socket, other: Socket | undefined) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      other?.destroy()
    })
  }

  /** The next target that takes the connection; a node that was killed is passed over. */
  const reach = async (): Promise<Socket | undefined> => {
    const all = it.targets
    for (let attempt = 0; attempt < all.length; attempt++) {
      const far = connect({ host: '127.0.0.1', port: all[turn++ % all.length] ?? 0, noDelay: true })
      far.on('error', () => undefined)
      const connected = await Promise.race([
        once(far, 'connect').then(
          () => true,
          () => false,
        ),
        once(far, 'close').then(() => false),
      ])
      if (connected) return far
    }
    return undefined
  }

  const server = createServer({ pauseOnConnect: true, noDelay: true }, (near) => {
    near.on('error', () => undefined)
    if (it.refused) {
      near.destroy()
      return
    }
    void reach().then((far) => {
      if (far === undefined || near.destroyed) {
        near.destroy()
        far?.destroy()
        return
      }
      keep(near, far)
      keep(far, near)
      near.once('data', (chunk: Buffer) => opened.push(chunk.toString('latin1')))
      near.on('data', (chunk: Buffer) => {
        if (!far.write(chunk)) {
          near.pause()
          far.once('drain', () => near.resume())
        }
      })
      far.on('data', (chunk: Buffer) => {
        if (it.held) return
        const left = it.alter(chunk)
        if (left.length > 0 && !near.write(left)) {
          far.pause()
          near.once('drain', () => far.resume())
        }
      })
      near.resume()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  const it: Balancer = {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    targets,
    alter: (chunk) => chunk,
    held: false,
    refused: false,
    opened,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      server.close()
      it.cut()
      await once(server, 'close')
    },
  }
  return it
}
