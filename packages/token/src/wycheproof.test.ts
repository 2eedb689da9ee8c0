// Wycheproof's JWS and JWK vectors, all of them, on this project's backend (tests/vectors/README.md).
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runKeys, runResigned, runSignatures, summarize, type VectorFile } from '../../../tests/vectors/wycheproof.ts'
import * as token from './index.ts'

const read = (name: string): VectorFile =>
  JSON.parse(readFileSync(new URL(`../../../tests/vectors/wycheproof/${name}`, import.meta.url), 'utf8')) as VectorFile

test('JWS: 46 of 46 valid accepted, 355 of 355 invalid refused', async () => {
  const outcomes = await runSignatures(token, read('json_web_signature_test.json'))
  expect(summarize(outcomes)).toEqual({ valid: '46 of 46', invalid: '355 of 355', wrong: [] })
})

test('JWK: 5 of 5 valid accepted, 21 of 21 invalid refused', async () => {
  const outcomes = await runKeys(token, read('json_web_key_test.json'))
  expect(summarize(outcomes)).toEqual({ valid: '5 of 5', invalid: '21 of 21', wrong: [] })
})

test('JWS again as JWTs, real claims signed by the private key of each of the 23 groups', async () => {
  const outcomes = await runResigned(token, read('json_web_signature_test.json'))
  expect(summarize(outcomes)).toEqual({ valid: '23 of 23', invalid: '1203 of 1203', wrong: [] })
})
