import test from 'ava'
import { createProgress, progressLine, progressLines } from '../../../src/cli/render/progress.js'
import { dv, NOW, testIo } from '../test-io.js'
import { cleanStatus } from '../samples.js'

test('the line tells amount, share, rate and time left', (t) => {
  const event = { phase: 'writing', done: 1.2e9, total: 3.4e9, unit: 'bytes' as const }
  t.is(progressLine(event, 5, 1.2e9), 'Writing  1.2 GB of 3.4 GB  35%  240 MB/s  0:09 left')
})

test('of a transfer it tells packs too', (t) => {
  const packs = { done: 26, total: 1072 }
  const event = { phase: 'sending', done: 1.2e9, total: 3.4e9, unit: 'bytes' as const, packs }
  const line = 'Sending  1.2 GB of 3.4 GB  35%  26 of 1,072 packs  240 MB/s  0:09 left'
  t.is(progressLine(event, 5, 1.2e9), line)
})

test('without a total there is neither share nor time left', (t) => {
  t.is(
    progressLine({ phase: 'scanning', done: 12_345, unit: 'files' }, 2, 12_345),
    'Scanning  12,345 files  6,173/s',
  )
})

test('it waits, is not redrawn all the time, fits the line, and is cleared', async (t) => {
  let now = NOW
  const io = testIo({ tty: true })
  const progress = createProgress(io.stderr, () => now, true)
  const report = (done: number) => progress.onProgress({ phase: 'x'.repeat(100), done, unit: 'files' })
  report(1)
  t.is(io.err(), '')
  now += 350
  report(2)
  report(3)
  now += 50
  report(4)
  await progress.clear()
  await progress.clear()
  t.is(io.err(), `\rX${'x'.repeat(78)}\x1b[K\r\x1b[K`)
})

test('without a terminal nothing is written', async (t) => {
  let now = NOW
  const io = testIo()
  const progress = createProgress(io.stderr, () => (now += 1000), true)
  progress.onProgress({ phase: 'x', done: 1, unit: 'files' })
  await progress.clear()
  t.is(io.err(), '')
})

for (const [words, shown] of [
  [[], true],
  [['--no-progress'], false],
  [['-q'], false],
] as const) /* prettier-ignore */ {
  test(`'dv status ${words.join(' ')}' on a terminal ${shown ? 'shows' : 'does not show'} progress`, async (t) => {
    let now = NOW
    const status = async ({ onProgress }: { onProgress?: (event: never) => void }) => {
      onProgress!({ phase: 'scanning', done: 5, unit: 'files' } as never)
      return cleanStatus
    }
    const { err } = await dv(['status', ...words], { status }, { tty: true, clock: () => (now += 400) })
    t.is(err.includes('Scanning  5 files'), shown)
  })
}

test('a terminal that does not know how wide it is is taken to have 80 columns', (t) => {
  let now = NOW
  const io = testIo({ tty: true })
  const progress = createProgress(
    { ...io.stderr, write: (text) => io.stderr.write(text), columns: 0 },
    () => now,
    true,
  )
  now += 350
  progress.onProgress({ phase: 'storing', done: 2, unit: 'files' })
  t.regex(io.err(), /Storing {2}2 files/)
})

test('a program that asks for it is told each phase as JSON, ten times a second and no more', (t) => {
  let now = NOW
  const io = testIo()
  const { onProgress } = progressLines(io.stderr, () => now)
  const report = (phase: string, done: number) => onProgress({ phase, done, unit: 'bytes' })
  report('sending', 1)
  report('sending', 2)
  report('reading', 3)
  now += 100
  report('sending', 4)
  const told = io.err().trimEnd().split('\n')
  t.deepEqual(
    told.map((line) => JSON.parse(line) as unknown),
    [
      { progress: { phase: 'sending', done: 1, unit: 'bytes' } },
      { progress: { phase: 'reading', done: 3, unit: 'bytes' } },
      { progress: { phase: 'sending', done: 4, unit: 'bytes' } },
    ],
  )
})

test('progress as JSON is for who asks with --json and DV_PROGRESS', async (t) => {
  const status = async ({ onProgress }: { onProgress?: (event: never) => void }) => {
    onProgress!({ phase: 'scanning', done: 5, unit: 'files' } as never)
    return cleanStatus
  }
  const errOf = async (words: string[], env = {}) => (await dv(words, { status }, { env })).err
  const asks = { DV_PROGRESS: 'json' }
  const told = '{"progress":{"phase":"scanning","done":5,"unit":"files"}}\n'
  t.is(await errOf(['status', '--json'], asks), told)
  t.is(await errOf(['status', '--json', '--no-progress'], asks), '')
  t.is(await errOf(['status'], asks), '')
  t.is(await errOf(['status', '--json']), '')
})
