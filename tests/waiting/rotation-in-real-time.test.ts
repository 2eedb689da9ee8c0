// The rotation table with nothing but waiting: the windows are what the clock on the wall says (two minutes, asleep beside the quick
// tests).
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { curlAt, hasCurl } from '../support/curl.ts'
import { startProgram } from '../support/program.ts'
import { honestRows, thiefRows } from '../support/rotation-rows.ts'

test.skipIf(!hasCurl)('each row of the rotation table in turn, in real time', { timeout: 300_000 }, async () => {
  const program = await startProgram()
  const curl = curlAt(program.origin)
  const wait = (seconds: number) => sleep(seconds * 1000 + 500)
  await Promise.all([honestRows(curl.jar(), program, wait), thiefRows(curl.jar(), program, wait)])
  curl.close()
  await program.close()
})
