// Whether the server that a request came to has been told to close. Node goes on answering on connections that stay open, for as long
// as somebody asks: and a service that asks every second who has signed out would keep it from ever closing.
import { Server } from 'node:net'
import type { IncomingMessage } from 'node:http'

/** Whether this is to be the last answer on its connection. Only HTTP/1 has a header for that. */
export function isLeaving({
  socket,
  httpVersionMajor,
}: Pick<IncomingMessage, 'httpVersionMajor'> & HasSocket): boolean {
  if (httpVersionMajor >= 2 || socket === null || !('server' in socket)) return false
  return socket.server instanceof Server && !socket.server.listening
}

/** Null once the connection has gone, whatever its type says. */
interface HasSocket {
  readonly socket: IncomingMessage['socket'] | null
}
