// `dv bisect run` as users have it: processes of the real program.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import { install, runProgram } from '../helpers/program.js'
import { temporaryFolder } from '../helpers/temporary.js'

const program = install()
const RULES = 'version: 1\ntables:\n  - path: a.csv\n    columns:\n      v: { max: 10 }\n'

/** Six commits; from the fourth on a value is above what the rules allow. `temp` is the system's temporary folder. */
async function six() {
  const root = temporaryFolder()
  const temp = temporaryFolder()
  const dv = (...words: string[]) => runProgram(program, words, { cwd: root, env: { TMPDIR: temp } })
  await dv('init')
  await dv('config', 'user.name', 'Ada')
  await dv('config', 'user.email', 'ada@example.org')
  fs.writeFileSync(path.join(root, 'dv.checks.yaml'), RULES)
  for (let n = 1; n <= 6; n++) {
    fs.writeFileSync(path.join(root, 'a.csv'), `id,v\n1,${n >= 4 ? 40 + n : n}\n2,2\n`)
    await dv('commit', '-m', `Number ${n}`)
    if (n === 1) await dv('tag', 'v1')
  }
  const isClean = async () =>
    fs.readdirSync(temp).length === 0 &&
    JSON.parse((await dv('worktree', 'list', '--json')).stdout).worktrees.length === 1
  return { root, temp, dv, isClean }
}

test('dv check tells good from bad: the commit is shown with its rows, and what dv prints in it goes to stderr', async (t) => {
  const { dv, isClean } = await six()
  const { status, stdout, stderr } = await dv('bisect', 'run', '--good', 'v1', 'dv', 'check')
  t.is(status, 0, stderr)
  t.regex(stdout, /5 commits left; trying/)
  t.regex(stdout, /first bad commit, found by trying 4:/)
  t.regex(stdout, /Number 4/)
  t.regex(stdout, /rows: 0 added, 0 removed, 1 changed \(1 cell\), 1 unchanged/)
  t.regex(stderr, /FAILED a\.csv/)
  const json = await dv('bisect', 'run', '--json', 'dv', 'check', '--limit', '1', '--json')
  const records = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; commit: { message: string } })
  t.is(records.find(({ type }) => type === 'found')?.commit.message.trim(), 'Number 4')
  t.true(await isClean())
})

test('a command that cannot run, or that a signal ends, ends the search', async (t) => {
  const { dv, isClean } = await six()
  const ended = async (...command: string[]) => {
    const { status, stderr } = await dv('bisect', 'run', '--json', '--good', 'v1', ...command)
    t.is(status, 1)
    return (JSON.parse(stderr) as { error: { code: string; data: { status: number } } }).error
  }
  t.like(await ended('no-such-program-here'), { code: 'DV_BISECT_COMMAND', data: { status: 127 } })
  t.like(await ended('sh', '-c', 'exit 126'), { code: 'DV_BISECT_COMMAND', data: { status: 126 } })
  t.like(await ended('sh', '-c', 'kill -9 $$'), { code: 'DV_BISECT_COMMAND', data: { status: 137 } })
  t.like(await ended('sh', '-c', 'exit 125'), { code: 'DV_BISECT_SKIPPED' })
  t.is((await dv('bisect', 'run')).status, 2)
  t.is((await dv('bisect', 'rum', 'x')).status, 2)
  t.true(await isClean())
})

test('Ctrl-C ends the command and all that it started, and leaves nothing behind', async (t) => {
  const { root, temp, isClean } = await six()
  const pid = path.join(root, '.dv', 'pid-of-test')
  const child = spawn(program, ['bisect', 'run', '-q', 'sh', '-c', `sleep 1000 & echo $! > '${pid}'; wait`], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: path.dirname(program), TMPDIR: temp },
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const started = () => fs.existsSync(pid) && fs.readFileSync(pid, 'utf8').endsWith('\n')
  while (!started()) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGINT')
  t.is(await ended, os.constants.signals.SIGINT + 128)
  const runs = () => isRunning(Number(fs.readFileSync(pid, 'utf8')))
  while (runs()) await new Promise((resolve) => setTimeout(resolve, 20))
  fs.rmSync(pid)
  t.true(await isClean())
})

/** A process that has ended may wait for its parent to ask how. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const stat = `/proc/${pid}/stat`
    return !fs.existsSync(stat) || !/^\d+ \(.*\) Z/.test(fs.readFileSync(stat, 'utf8'))
  } catch {
    return false
  }
}
