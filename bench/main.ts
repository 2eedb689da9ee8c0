// `npm run bench -- <question> [--json]`: one file a question, peers beside us in the same run.
import { installPeers } from './peers.ts'
import { print } from './document.ts'

const QUESTIONS = {
  token: () => import('./token/main.ts'),
  flood: () => import('./flood/main.ts'),
  http: () => import('./http/main.ts'),
  refresh: () => import('./refresh/main.ts'),
  scale: () => import('./scale/main.ts'),
  'sign-out': () => import('./sign-out/main.ts'),
  client: () => import('./client/main.ts'),
} as const

const [question = '', ...options] = process.argv.slice(2)
if (!(question in QUESTIONS)) {
  process.stderr.write(
    `npm run bench -- <question> [--json], where the question is one of ${Object.keys(QUESTIONS).join(', ')}\n`,
  )
  process.exit(2)
}
installPeers()
const { answer } = await QUESTIONS[question as keyof typeof QUESTIONS]()
print(await answer(options), options.includes('--json'))
