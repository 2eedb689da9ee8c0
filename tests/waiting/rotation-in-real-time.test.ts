// The rotation table with nothing but waiting: the windows are what the clock on the wall says (three minutes, mostly asleep, beside
// the quick tests).
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { curlAt, hasCurl } from '../support/curl.ts'
import { startProgram } from '../support/program.ts'
import { everyRow, outcomesOf } from '../support/rotation-rows.ts'

test.skipIf(!hasCurl)('each row of the rotation table in turn, in real time', { timeout: 300_000 }, async () => {
  const program = await startProgram()
  const curl = curlAt(program.origin)
  await everyRow(
    () => curl.jar(),
    () => outcomesOf(program),
    (seconds) => sleep(seconds * 1000 + 500),
  )
  expect(outcomesOf(program)).toHaveLength(9)
  curl.close()
  await program.close()
})
