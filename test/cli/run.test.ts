import test from 'ava'
import { DvError, ERROR_CODES } from '../../src/base/index.js'
import { run } from '../../src/cli/main.js'
import { cleanStatus } from './samples.js'
import { dv, fakeEngine, iterate, testIo } from './test-io.js'

test('an unknown verb names the nearest one and ends with 2', async (t) => {
  const { status, out, err } = await dv(['comit'])
  t.is(status, 2)
  t.is(out, '')
  t.is(
    err,
    "error: 'comit' is no dv command; did you mean 'commit'?\nhint: try 'dv commit', or 'dv help' for all commands\n",
  )
})

test('a verb like no other gets no guess', async (t) => {
  const { err } = await dv(['xyzzy'])
  t.is(err, "error: 'xyzzy' is no dv command\nhint: 'dv help' lists all commands\n")
})

for (const name of ['constructor', '__proto__', 'toString']) {
  test(`'${name}' is no verb`, async (t) => {
    t.is((await dv([name])).status, 2)
    t.is((await dv(['help', name])).status, 2)
    t.is((await dv(['completion', name])).status, 2)
  })
}

test('an unknown option names the nearest one and the usage', async (t) => {
  const { status, err } = await dv(['status', '--al'])
  t.is(status, 2)
  t.is(
    err,
    [
      "error: Unknown option '--al'; did you mean '--all'?",
      'hint: usage: dv status [--all] [--exit-code] [PATHS]',
      "      see 'dv help status'",
      '',
    ].join('\n'),
  )
})

test('a missing operand ends with 2 before the repository is opened', async (t) => {
  const io = testIo()
  const status = await run(['restore'], io, async () => t.fail('the engine was loaded') as never)
  t.is(status, 2)
  t.regex(io.err(), /^error: 'dv restore' needs more: \[-s REV\] PATHS\n/)
})

test('an operand too many is named', async (t) => {
  t.regex((await dv(['undo', 'a', 'b'])).err, /^error: 'dv undo' does not take 'b'\n/)
})

test('a sub-verb that is unknown or missing lists those there are', async (t) => {
  t.regex(
    (await dv(['remote', 'ad'])).err,
    /'dv remote' has no 'ad'; did you mean 'add'\?\nhint: dv remote list\|add/,
  )
  t.regex((await dv(['config'])).err, /'dv config' needs one of: get, set, unset, list\n/)
})

test('with --json a failure is JSON on stderr', async (t) => {
  const failure = new DvError('DV_UNKNOWN_REVISION', "No revision 'v9'", {
    hint: "try 'v8'",
    data: { nearest: 'v8' },
  })
  const { status, out, err } = await dv(['status', '--json'], { status: () => Promise.reject(failure) })
  t.is(status, 1)
  t.is(out, '')
  t.deepEqual(JSON.parse(err), {
    error: {
      code: 'DV_UNKNOWN_REVISION',
      message: "No revision 'v9'",
      hint: "try 'v8'",
      data: { nearest: 'v8' },
      exit: 1,
    },
  })
})

test('a failure to parse is JSON too when --json was typed', async (t) => {
  const { err } = await dv(['status', '--nope', '--json'])
  t.is(JSON.parse(err).error.code, 'DV_USAGE')
})

for (const code of [
  'DV_NO_REPOSITORY',
  'DV_LOCKED',
  'DV_CORRUPT',
  'DV_WOULD_OVERWRITE',
  'DV_PERMISSION',
] as const) {
  test(`${code} ends the program with its status`, async (t) => {
    const { status, err } = await dv(['status'], { status: () => Promise.reject(new DvError(code, 'Why')) })
    t.is(status, ERROR_CODES[code])
    t.is(err, 'error: Why\n')
  })
}

test('an error dv does not know is called a bug: 255, and its stack with DV_DEBUG', async (t) => {
  const fakes = { status: () => Promise.reject(new TypeError('x is undefined')) }
  const plain = await dv(['status'], fakes)
  t.is(plain.status, 255)
  t.is(
    plain.err,
    'error: This is a bug in dv: x is undefined\nhint: DV_DEBUG=1 shows where it happened; please report it with that\n',
  )
  t.regex((await dv(['status'], fakes, { env: { DV_DEBUG: '1' } })).err, /TypeError: x is undefined\n +at /)
})

test('Ctrl-C aborts the work, ends with 130, and a second one ends the process at once', async (t) => {
  const io = testIo()
  const { create } = fakeEngine({
    status: ({ signal }) =>
      new Promise((_resolve, reject) => {
        io.interrupt()
        t.true(signal!.aborted)
        t.deepEqual(io.ended, [])
        io.interrupt()
        reject(signal!.reason)
      }),
  })
  t.is(await run(['status'], io, create), 130)
  t.deepEqual(io.ended, [130])
  t.is(io.err(), 'error: Interrupted\n')
})

test('whatever fails after Ctrl-C counts as interrupted', async (t) => {
  const io = testIo()
  const { create } = fakeEngine({
    status: async () => {
      io.interrupt()
      throw new Error('half a sentence')
    },
  })
  t.is(await run(['status'], io, create), 130)
})

test('the repository is closed after a failure', async (t) => {
  let closed = 0
  await dv(['status'], { status: () => Promise.reject(new Error('x')), close: async () => void closed++ })
  t.is(closed, 1)
})

test('a reader that goes away is no failure, and stops the listing', async (t) => {
  let made = 0
  async function* endless(): AsyncGenerator<never> {
    for (;;) yield { path: `file-${made++}`, kind: 'file', bytes: 1 } as never
  }
  const { status, err } = await dv(['ls'], { ls: endless }, { closesAfter: 2 })
  t.is(status, 0)
  t.is(err, '')
  t.true(made < 100_000)
})

test('what was listed before a failure is printed', async (t) => {
  async function* broken(): AsyncGenerator<never> {
    yield { path: 'a', kind: 'file', bytes: 1 } as never
    throw new DvError('DV_CORRUPT', 'Node is damaged')
  }
  const { status, out, err } = await dv(['ls'], { ls: broken })
  t.is(status, 12)
  t.is(out, 'a\n')
  t.is(err, 'error: Node is damaged\n')
})

test('colours appear on a terminal only, and NO_COLOR, --no-color and FORCE_COLOR are honoured', async (t) => {
  const fakes = { status: async () => cleanStatus }
  const colored = async (argv: string[], env: Record<string, string>, tty: boolean) =>
    (await dv(argv, fakes, { env, tty })).out.includes('\x1b[')
  t.true(await colored(['status'], {}, true))
  t.false(await colored(['status'], {}, false))
  t.false(await colored(['status'], { NO_COLOR: '1' }, true))
  t.true(await colored(['status'], { NO_COLOR: '', TERM: 'xterm' }, true))
  t.false(await colored(['status', '--no-color'], { FORCE_COLOR: '1' }, true))
  t.true(await colored(['status'], { FORCE_COLOR: '1', NO_COLOR: '1' }, false))
  t.false(await colored(['status'], { TERM: 'dumb' }, true))
})

test('-q prints results and leaves messages out', async (t) => {
  const restore = async () => ({
    written: 1,
    removed: 0,
    bytes: 5,
    source: { name: 'HEAD', short: 'a1b2c3d4' },
  })
  t.deepEqual(await outputs(['restore', '-q', 'x'], { restore }), ['', ''])
  const ls = () => iterate({ path: 'a', kind: 'file' as const, bytes: 1 })
  t.deepEqual(await outputs(['-q', 'ls'], { ls }), ['a\n', ''])
})

test('-C runs in another directory, before or behind the verb', async (t) => {
  const seen: string[] = []
  const create = async () => (surroundings: { cwd: string }) => {
    seen.push(surroundings.cwd)
    return {
      open: async () => ({ prefix: '', status: async () => cleanStatus, close: async () => {} }),
    } as never
  }
  await run(['-C', 'src', 'status', '-C', 'cli'], testIo({ cwd: process.cwd() }), create)
  await run(['status', '-C', 'src/cli'], testIo({ cwd: process.cwd() }), create)
  t.deepEqual(seen, [`${process.cwd()}/src/cli`, `${process.cwd()}/src/cli`])
})

test('-C to no directory ends with 2', async (t) => {
  t.is((await dv(['-C', '/nowhere/at/all', 'status'])).status, 2)
})

test('paths are shown from where the user stands', async (t) => {
  const item = { path: 'data/a.csv', kind: 'file' as const, bytes: 1 }
  const modified = { count: 1, bytes: 1, items: [item] }
  const status = async () => ({ ...cleanStatus, clean: false, groups: { ...cleanStatus.groups, modified } })
  t.regex((await dv(['status'], { status, prefix: 'data' })).out, / {2}a\.csv {2}1 B\n/)
  t.regex((await dv(['status'], { status, prefix: 'code/x' })).out, / {2}\.\.\/\.\.\/data\/a\.csv {2}1 B\n/)
})

test('--version needs neither verb nor engine', async (t) => {
  for (const word of ['--version', '-V']) t.regex((await dv([word])).out, /^dv \d+\.\d+\.\d+\n$/)
})

async function outputs(argv: string[], fakes: Parameters<typeof dv>[1]): Promise<[string, string]> {
  const { out, err } = await dv(argv, fakes)
  return [out, err]
}
