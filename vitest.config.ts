// Every test runs from source on Node: one project per kind of test, so that what needs a browser or several processes runs
// alone and what is quick stays quick.
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node'

const conditions = ['@hallpass/source', ...defaultServerConditions]
const webCrypto = fileURLToPath(new URL('./packages/token/src/crypto/web.ts', import.meta.url))

/** For two cores: some sleep or wait for a database while the others work. */
const WORKERS = 4

const shared = {
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  execArgv: ['-C', '@hallpass/source'],
}

/** What sleeps goes first: the others work meanwhile. Called with `new`, as sequencers are. */
function sleepersFirst(context: Vitest): TestSequencer {
  const base = new BaseSequencer(context)
  const sleeps = ({ moduleId }: TestSpecification) => moduleId.includes('/tests/waiting/')
  return {
    shard: (files) => base.shard(files),
    async sort(files) {
      const sorted = await base.sort(files)
      return [...sorted.filter(sleeps), ...sorted.filter((file) => !sleeps(file))]
    },
  }
}

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    sequence: { sequencer: sleepersFirst as unknown as new (context: Vitest) => TestSequencer },
    projects: [
      {
        ssr: { resolve: { conditions } },
        test: {
          ...shared,
          name: 'rooms',
          include: [
            'packages/*/src/**/*.test.ts',
            'tests/{policy,waiting}/**/*.test.ts',
            'tests/lab/{judge,results}.test.ts',
          ],
          maxWorkers: WORKERS,
        },
      },
      {
        // The token core again, on Web Crypto: the same tests, the other backend (design §2, `#crypto`).
        ssr: { resolve: { conditions } },
        resolve: { alias: { '#crypto': webCrypto } },
        test: { ...shared, name: 'token-web', include: ['packages/token/src/**/*.test.ts'], maxWorkers: WORKERS },
      },
      {
        // What crosses rooms: real processes, sockets and databases. Much of it waits for others.
        ssr: { resolve: { conditions } },
        test: {
          ...shared,
          name: 'whole',
          include: ['tests/{attacks,server,examples,faults}/**/*.test.ts'],
          maxWorkers: WORKERS,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Browsers, when all else is done: two keep two cores busy.
        ssr: { resolve: { conditions } },
        test: {
          ...shared,
          name: 'browser',
          include: [
            'tests/browser/**/*.test.ts',
            // The lab's attacks and its pages, for those who change them: HALLPASS_LAB=1 for what Hallpass stops, all for every attack.
            ...(['1', 'all'].includes(process.env['HALLPASS_LAB'] ?? '') ? ['tests/lab/{lab,serve}.test.ts'] : []),
            // What has a script of its own: memory, for one.
            ...(process.env['HALLPASS_APART'] ? [`tests/apart/${process.env['HALLPASS_APART']}.test.ts`] : []),
          ],
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          // Until each has run twenty times on a quiet machine: a second try, which the reporter names.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
