import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { parseCommand } from '../../src/cli/arguments.js'
import { defineCommand } from '../../src/cli/command.js'
import { VERBS } from '../../src/cli/registry.js'
import { isGroup } from '../../src/cli/command.js'
import { NOW } from './test-io.js'

const sample = defineCommand({
  name: 'sample',
  summary: '',
  usage: ['[OPTIONS] [A]…'],
  options: {
    message: { type: 'string', short: 'm', multiple: true, describe: '' },
    all: { type: 'flag', short: 'a', describe: '' },
    number: { type: 'count', short: 'n', describe: '' },
    size: { type: 'size', describe: '' },
    since: { type: 'date', describe: '' },
  },
  operands: { max: Infinity },
  pathsAfterDashes: true,
  examples: [],
  run: () => undefined,
  render() {},
})

function parse(...argv: string[]) {
  return parseCommand(sample, argv, NOW).args
}

function options(...argv: string[]) {
  return parse(...argv).options as Record<string, unknown>
}

for (const argv of [['-m', 'x'], ['-mx'], ['--message', 'x'], ['--message=x'], ['-am', 'x']]) {
  test(`'${argv.join(' ')}' gives the message x`, (t) => {
    t.deepEqual(options(...argv)['message'], ['x'])
  })
}

test('a value may look like an option, be empty, or be given several times', (t) => {
  t.deepEqual(options('-m', '-x', '-m', '', '-m', 'é\n')['message'], ['-x', '', 'é\n'])
})

test("'-5' means '-n 5', but not behind '--'", (t) => {
  t.is(options('-5')['number'], 5)
  t.deepEqual(parse('--', '-5').paths, ['-5'])
})

test("what stands behind '--' is paths, and without it there are none", (t) => {
  t.deepEqual(parse('a', '--', '-a', 'b'), { ...parse('a'), operands: ['a'], paths: ['-a', 'b'] })
  t.is(parse('a').paths, undefined)
})

test('sizes and dates are parsed', (t) => {
  t.is(options('--size', '128KiB')['size'], 131072)
  t.is(options('--since', '2 days ago')['since'], NOW - 2 * 86_400_000)
})

for (const argv of [
  ['-m'],
  ['--message'],
  ['-n', 'many'],
  ['-n', '-1'],
  ['--number=1.5'],
  ['--size', '5 parsecs'],
  ['--since', 'once'],
  ['--all=yes'],
  ['--nope'],
  ['-z'],
  ['--constructor'],
  ['--__proto__'],
  ['--no-all'],
]) /* prettier-ignore */ {
  test(`'${argv.join(' ')}' is a usage error`, (t) => {
    t.throws(() => parse(...argv), { code: 'DV_USAGE' } as never)
  })
}

test('any words give arguments or DV_USAGE, for every verb', async (t) => {
  const loaded = await Promise.all([...VERBS.values()].map((verb) => verb.load()))
  const commands = loaded.flatMap((one) => (isGroup(one) ? one.commands : [one]))
  const words = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('-a', '--all', '--', '-', '--json', '-m', '-n', '-5', '--x=y', '-C', ''),
    ),
  )
  fc.assert(
    fc.property(fc.constantFrom(...commands), words, (command, argv) => {
      try {
        parseCommand(command, argv, NOW)
      } catch (error) {
        if (!isDvError(error, 'DV_USAGE')) throw error
      }
    }),
  )
  t.true(commands.length > 40)
})

test('within a command no option takes the name or letter of another, or of one that all commands have', async (t) => {
  const { GLOBAL_OPTIONS } = await import('../../src/cli/command.js')
  for (const verb of VERBS.values()) {
    const loaded = await verb.load()
    for (const command of isGroup(loaded) ? loaded.commands : [loaded]) {
      const all = [...Object.entries(GLOBAL_OPTIONS), ...Object.entries(command.options)]
      const names = all.flatMap(([name, spec]) => [
        name,
        ...('short' in spec && spec.short ? [spec.short] : []),
      ])
      t.is(new Set(names).size, names.length, `dv ${command.name}: ${names.join(' ')}`)
    }
  }
})
