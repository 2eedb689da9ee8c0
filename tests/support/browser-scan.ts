// Looks for a secret in everything that a script of the page can reach. Runs in the page.

/** Where in this page `secret` can be found; empty when nowhere. */
export async function findInPage(secret: string): Promise<string[]> {
  const found: string[] = []
  const look = (where: string, text: unknown): void => {
    if (String(text).includes(secret)) found.push(where)
  }

  look('cookie', document.cookie)
  look('address', location.href)
  look('document', document.documentElement.outerHTML)
  look('history', JSON.stringify(history.state))
  look('window.name', (globalThis as { readonly name?: unknown }).name)
  look('performance', JSON.stringify(performance.getEntries()))
  look('localStorage', JSON.stringify(localStorage))
  look('sessionStorage', JSON.stringify(sessionStorage))
  const locks = await navigator.locks.query()
  look('locks', JSON.stringify(locks))
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) look('cache', request.url)
  for (const { name = '' } of await indexedDB.databases()) look('database name', name)

  // Every object that can be reached from the global one, by properties of any kind, prototypes, maps and sets.
  const seen = new Set<unknown>()
  const queue: [string, unknown][] = [['window', globalThis]]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [path, value] = next
    if (typeof value === 'string') look(path, value)
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    if (path.length > 200 || seen.size > 200_000) continue
    seen.add(value)
    if (typeof value === 'function') look(`${path} (source)`, Function.prototype.toString.call(value))
    if (value instanceof Map || value instanceof Set)
      for (const entry of value.entries()) queue.push([`${path}[]`, entry[0]], [`${path}[]`, entry[1]])
    queue.push([`${path}.__proto__`, Object.getPrototypeOf(value)])
    for (const key of Reflect.ownKeys(value)) {
      look(`${path} (key)`, String(key))
      try {
        queue.push([`${path}.${String(key)}`, (value as Record<PropertyKey, unknown>)[key]])
      } catch {
        // A getter that wants another receiver.
      }
    }
  }
  return found
}
