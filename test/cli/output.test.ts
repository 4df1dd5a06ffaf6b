// What every verb prints, held against test/cli/output.txt. After a wanted change: DV_UPDATE=1 npx ava build/test/cli/output.test.js
import fs from 'node:fs'
import test from 'ava'
import { everything, INVOCATIONS } from './samples.js'
import { dv } from './test-io.js'

const FILE = 'test/cli/output.txt'

test('every verb prints what test/cli/output.txt has', async (t) => {
  const parts: string[] = []
  for (const line of INVOCATIONS) {
    const { status, out, err } = await dv(line.split(' '), everything)
    parts.push([`$ dv ${line}\n`, out, err && `(stderr)\n${err}`, `(exit ${status})\n`].join(''))
  }
  const text = parts.join('\n')
  if (process.env['DV_UPDATE']) fs.writeFileSync(FILE, text)
  t.is(text, fs.readFileSync(FILE, 'utf8'))
})
