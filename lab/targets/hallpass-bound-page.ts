// Hallpass bound to a key of this browser: one word more than without.
import { createAuth } from '@hallpass/browser'
import { dpop } from '@hallpass/browser/dpop'
import { run } from '../app/page.ts'
import { clientOf } from './hallpass-client.ts'

run(clientOf(createAuth({ binding: dpop() })))
