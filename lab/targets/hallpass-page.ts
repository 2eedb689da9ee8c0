// Hallpass in a page, as the README shows.
import { createAuth } from '@hallpass/browser'
import { run } from '../app/page.ts'
import { clientOf } from './hallpass-client.ts'

run(clientOf(createAuth()))
