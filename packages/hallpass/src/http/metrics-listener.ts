// GET /metrics on a port of its own: numbers about sign-ins are nobody's business who can reach the public port.
import { createServer } from 'node:http'
import type { Metrics } from '../metrics.ts'
import { Mistake } from '../mistake.ts'

export interface MetricsListener {
  close(): Promise<void>
}

/**
 * Listens for a Prometheus server.
 *
 * @param host 127.0.0.1 is this machine alone
 * @throws Mistake when the address cannot be had
 */
export async function listenForMetrics(
  metrics: Metrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    metrics.text().then(
      ({ body, contentType }) => response.writeHead(200, { 'content-type': contentType }).end(body),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Mistake(`HALLPASS_METRICS: ${host}:${port} cannot be listened on (${error.message})`, 1)),
    )
    server.listen({ host, port }, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
