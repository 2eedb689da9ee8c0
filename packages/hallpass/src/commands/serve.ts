// `hallpass serve`: settings, secret, server, pages and sockets, in this order; then it waits to be told to stop.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hallpass, type Hallpass, type HallpassEvent, type HallpassOptions } from '@hallpass/server'
import { createApp } from '../app.ts'
import { createClock } from '../clock.ts'
import type { Invocation } from '../command-line.ts'
import { readConfig, type Config } from '../config.ts'
import { developmentSecret } from '../development-secret.ts'
import { listen } from '../http/listen.ts'
import { listenForMetrics } from '../http/metrics-listener.ts'
import { readPages } from '../http/pages.ts'
import { securityHeaders } from '../http/security-headers.ts'
import { createListener } from '../inside/inside.ts'
import { createLog, type Log } from '../log.ts'
import { asMistake, describeDatabase } from '../start-failure.ts'

/** The shortest password, in code points: the server's default, said here because the pages say it too. */
const SHORTEST_PASSWORD = 15
/** How long requests in flight may take once the program was told to stop, in milliseconds. */
const PATIENCE = 10_000

/**
 * Runs the server until SIGTERM or SIGINT; resolves when it listens.
 *
 * @throws Mistake for settings, secrets, databases and ports that cannot be used
 */
export async function serve(invocation: Invocation): Promise<void> {
  const config = readConfig(invocation)
  const log = createLog({
    level: config.logLevel,
    plain: process.stdout.isTTY,
    write: (line) => process.stdout.write(line),
  })
  const clock = createClock({ movable: config.testClock })
  process.on('uncaughtException', (error) => {
    // Through the log, which takes secrets out; Node's own report would not.
    log.fatal({ err: error }, 'a bug nobody caught; stopping')
    process.exit(1)
  })
  if (config.testClock) log.warn('time can be moved by anybody on this machine (--insecure-test-clock)')

  // Loaded only where somebody asks for them.
  const metrics = config.metrics && (await import('../metrics.ts')).createMetrics()
  const listener =
    config.production === undefined ? createListener({ issuer: config.issuer, now: clock.now }) : undefined
  const onEvent = (event: HallpassEvent) => {
    logEvent(log, event)
    listener?.hear(event)
    metrics?.hear(event)
  }
  const auth = await openServer(config, log, { now: clock.now, onEvent })

  const pages = readPages(fileURLToPath(new URL('../../dist/pages', import.meta.url)), {
    inside: listener !== undefined,
    'shortest-password': SHORTEST_PASSWORD,
  })
  if (pages === undefined) log.warn('the pages are not built, so only the API answers; `npm run build` builds them')

  let stopping = false
  const inside = listener?.open(auth)
  const app = createApp({ config, auth, log, clock, pages, inside, stopping: () => stopping })
  const { port, host, issuer } = config
  const listening = await listen({ port, host, issuer, headers: securityHeaders(issuer), fetch: app }).catch(
    async (error: unknown) => {
      await auth.close()
      throw error
    },
  )
  metrics?.watch(auth, clock.now)
  const measured = metrics && config.metrics && (await listenForMetrics(metrics, config.metrics))
  log.info({ database: describeDatabase(config) }, `ready on ${issuer}`)

  const stop = async (signal: string) => {
    // Whoever asks twice means now.
    if (stopping) process.exit(1)
    stopping = true
    log.info(`${signal}: finishing what is in flight`)
    // A stream is never finished by itself; who holds one goes to another node.
    auth.drain()
    await listening.stop(PATIENCE)
    await measured?.close()
    await auth.close()
    log.info('stopped')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, 'could not stop in good order')
        process.exit(1)
      })
    })
  }
}

async function openServer(
  config: Config,
  log: Log,
  ears: Required<Pick<HallpassOptions, 'now' | 'onEvent'>>,
): Promise<Hallpass> {
  const { issuer, database, origins, embedded } = config
  try {
    const secret = config.secrets.length > 0 ? config.secrets : secretOfDevelopment(config, log)
    if (embedded) mkdirSync(dirname(database), { recursive: true, mode: 0o700 })
    return await hallpass({
      issuer,
      secret,
      database,
      origins,
      password: { minLength: SHORTEST_PASSWORD },
      ...(config.signingKeys && { token: { keys: config.signingKeys } }),
      ...ears,
    })
  } catch (error) {
    throw asMistake(error, config)
  }
}

function secretOfDevelopment(config: Config, log: Log): string {
  const { secret, path, made } = developmentSecret(config.dataDirectory)
  if (made)
    log.info(`made a secret for this machine in ${path}; production wants HALLPASS_SECRET, see \`hallpass secret\``)
  return secret
}

function logEvent(log: Log, event: HallpassEvent): void {
  switch (event.event) {
    case 'failed':
      log.error({ err: event.error }, 'a request failed')
      break
    case 'refused':
      // The line of the request has method, path and status; here is the code, for those who look for it.
      log.debug({ code: event.code }, 'refused')
      break
    case 'checked':
      // One for every request: counted, not told.
      break
    case 'refresh':
      log.info({ sessionId: event.sessionId, outcome: event.outcome }, 'refresh')
      break
    default: {
      const { event: what, ...ids } = event
      log.info(ids, what.replace('_', ' '))
    }
  }
}
