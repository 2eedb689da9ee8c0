// A stream over node:http: its socket does not keep a process alive, which no option of fetch can say.
import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import type { OpenStream } from './opened.ts'

export const openStream: OpenStream = (url, { headers, timeout, signal }) =>
  new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp
    // A connection of its own: a pool would hold it, and hand out its place.
    const request = get(url, { headers, signal, agent: false }, (response: IncomingMessage) => {
      clearTimeout(timer)
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        etag: response.headers.etag,
        body: response,
      })
    })
    const timer = setTimeout(() => request.destroy(new Error('no answer began in time')), timeout)
    timer.unref()
    request.on('socket', (socket) => socket.unref())
    // After the answer has begun nobody waits for this promise any more, and the body tells of its own end.
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
