import test from 'ava'
import { run } from '../../src/cli/main.js'
import { applied } from './samples.js'
import { fakeEngine, testIo } from './test-io.js'

async function apply(argv: string[], stdin = '') {
  const io = testIo({ stdin })
  let input = ''
  const { create, calls } = fakeEngine(
    {},
    {
      async apply(options) {
        for await (const part of options.input) input += Buffer.from(part).toString()
        return applied
      },
    },
  )
  const status = await run(['apply', ...argv], io, create)
  return { status, out: io.out(), err: io.err(), options: calls[0]?.options, input }
}

test('dv apply hands the lines of standard input on, and tells what became of them', async (t) => {
  const { status, out, err, options, input } = await apply(
    ['origin@main', '--stdin', '-m', 'Add'],
    '{"a":1}\n',
  )
  t.is(status, 0)
  t.is(input, '{"a":1}\n')
  t.like(options, { target: 'origin@main', message: 'Add', create: false, dryRun: false })
  t.is(
    `${out}${err}`,
    '[origin@main a1b2c3d4, on top of what others did meanwhile]\n2 added, 1 modified, 1 renamed (+1.2 MB, -300 B); 1,210 files, 5.0 MB in all; 640 kB sent\n',
  )
})

test('dv apply needs one source of lines, and a message', async (t) => {
  for (const argv of [
    ['a@b', '-m', 'x'],
    ['a@b', '-m', 'x', '--stdin', '--file', 'f'],
    ['a@b', '--stdin'],
    ['--stdin', '-m', 'x'],
  ])
    t.is((await apply(argv)).status, 2, argv.join(' '))
  const missing = await apply(['a@b', '-m', 'x', '--file', 'no-such-file'])
  t.regex(missing.err, /Cannot read '.*no-such-file'/)
})
