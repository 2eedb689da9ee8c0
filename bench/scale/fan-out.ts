// What it takes to tell many services who signed out: every node tells every sign-out to each of its streams, and when a node goes, those who
// held its streams come to the others, each for a stream that begins with what was missed (packages/guard/src/revocation-feed.ts). Moment by
// moment, in steps of a tenth of a second.

export interface FanOut {
  readonly services: number
  readonly nodes: number
  /** Sign-outs a second, everywhere. */
  readonly signOuts: number
  /** Seconds a sign-out stays on the list: the life of a pass. */
  readonly lifetime: number
  /** Seconds of sign-outs with which a stream begins: the whole lifetime for who says not where it was. */
  readonly missed: number
  /** Seconds before a stream is opened again, with numbers between 0 and 1 to spread it by. */
  readonly pause: (random: () => number) => number
  readonly random: () => number
}

export interface Told {
  /** Bytes a second that one node sends in the quiet, to all its streams. */
  readonly usual: number
  /** How long the whole list is, in bytes. */
  readonly list: number
  /** The most bytes that one of the others sends in a second, after one node has gone. */
  readonly peak: number
  /** The most services that come for a stream within a tenth of a second, to one node. */
  readonly together: number
}

/** An entry of the list as JSON, and an event that holds one (measured on the wire). */
const ENTRY = 66
const EVENT = 105
const HEARTBEAT = 150
const HEARTBEAT_EVERY = 5
const STEPS = 10

export function playFanOut({ services, nodes, signOuts, lifetime, missed, pause, random }: FanOut): Told {
  const list = signOuts * lifetime * ENTRY
  const perNode = services / nodes
  const usual = perNode * (signOuts * EVENT + HEARTBEAT / HEARTBEAT_EVERY)
  // Everybody who held a stream of the node that goes hears of it at once, and a balancer spreads them over the others.
  const sent = Array.from({ length: 20 * STEPS }, () => 0)
  const opened = Array.from({ length: 20 * STEPS }, () => 0)
  const others = Math.max(1, nodes - 1)
  for (let service = 0; service < perNode; service++) {
    const at = Math.floor(pause(random) * STEPS)
    sent[at] = (sent[at] ?? 0) + (signOuts * missed * ENTRY + EVENT + HEARTBEAT) / others
    opened[at] = (opened[at] ?? 0) + 1 / others
  }
  const seconds = sent.map((_, at) => sent.slice(at, at + STEPS).reduce((sum, bytes) => sum + bytes, 0))
  return { usual, list, peak: usual * (nodes / others) + Math.max(...seconds), together: Math.max(...opened) }
}
