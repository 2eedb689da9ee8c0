// @hallpass/browser, as its guide has it.
import { createAuth } from '@hallpass/browser'
import { expose } from '../page.ts'

const auth = createAuth()

expose({
  start: async () => (await auth.ready).status === 'in',
  signIn: (person) => auth.login(person),
  request: async (address) => (await auth.fetch(address)).status,
  signOut: () => auth.logout(),
})
