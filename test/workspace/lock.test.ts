import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { lockWorkdir } from '../../src/workspace/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

const door = new URL('../../src/workspace/index.js', import.meta.url).href
const script = (body: string) => [
  '--input-type=module',
  '-e',
  `import { lockWorkdir } from '${door}'; ${body}`,
]

/** A lock left by a process that was killed. */
function leaveDeadLock(folder: string): void {
  spawnSync(process.execPath, script(`lockWorkdir('${folder}'); process.kill(process.pid, 'SIGKILL')`))
}

test('a second lock is refused, naming the process and since when', (t) => {
  const folder = temporaryFolder()
  const lock = lockWorkdir(folder)
  const error = t.throws(() => lockWorkdir(folder), { code: 'DV_LOCKED' })
  t.true(isDvError(error) && error.data['pid'] === process.pid && error.message.includes(String(process.pid)))
  t.regex(error?.message ?? '', /since \d{4}-/)
  lock.release()
  lock.release()
  lockWorkdir(folder).release()
  t.deepEqual(fs.readdirSync(folder), [])
})

test('another process is refused too, and lets go when it exits', (t) => {
  const folder = temporaryFolder()
  const lock = lockWorkdir(folder)
  const { stdout } = spawnSync(
    process.execPath,
    script(`try { lockWorkdir('${folder}') } catch (e) { console.log(e.code, e.data.pid) }`),
  )
  t.is(String(stdout).trim(), `DV_LOCKED ${process.pid}`)
  lock.release()
  spawnSync(process.execPath, script(`lockWorkdir('${folder}'); process.exit(1)`))
  t.deepEqual(fs.readdirSync(folder), [])
})

test('the lock of a process that was killed is taken over', (t) => {
  const folder = temporaryFolder()
  leaveDeadLock(folder)
  t.deepEqual(fs.readdirSync(folder), ['lock'])
  const lock = lockWorkdir(folder)
  t.throws(() => lockWorkdir(folder), { code: 'DV_LOCKED' })
  lock.release()
  t.deepEqual(fs.readdirSync(folder), [])
})

test('a pid that was used again does not keep a dead lock alive', (t) => {
  const folder = temporaryFolder()
  leaveDeadLock(folder)
  const record = JSON.parse(fs.readFileSync(`${folder}/lock`, 'utf8')) as Record<string, unknown>
  if (record['started'] === '') return t.pass('this system does not tell when a process began')
  fs.writeFileSync(`${folder}/lock`, JSON.stringify({ ...record, pid: process.pid }))
  lockWorkdir(folder).release()
  t.deepEqual(fs.readdirSync(folder), [])
})

test('a lock of another host is never taken over', (t) => {
  const folder = temporaryFolder()
  leaveDeadLock(folder)
  const record = JSON.parse(fs.readFileSync(`${folder}/lock`, 'utf8')) as object
  fs.writeFileSync(`${folder}/lock`, JSON.stringify({ ...record, host: `${os.hostname()}-other` }))
  t.throws(() => lockWorkdir(folder), { code: 'DV_LOCKED', message: /-other'/ })
})

test('a claim whose owner died is taken over with the lock', (t) => {
  const folder = temporaryFolder()
  leaveDeadLock(folder)
  const first = JSON.parse(fs.readFileSync(`${folder}/lock`, 'utf8')) as { nonce: string }
  const claimant = temporaryFolder()
  leaveDeadLock(claimant)
  fs.copyFileSync(`${claimant}/lock`, `${folder}/lock.${first.nonce}`)
  const lock = lockWorkdir(folder)
  t.deepEqual(fs.readdirSync(folder), ['lock'])
  lock.release()
})

test('a damaged lock file holds for a while, then it is taken over', (t) => {
  const folder = temporaryFolder()
  fs.writeFileSync(`${folder}/lock`, '{"pid":')
  t.throws(() => lockWorkdir(folder), { code: 'DV_LOCKED' })
  fs.utimesSync(`${folder}/lock`, 1000, 1000)
  lockWorkdir(folder).release()
  t.deepEqual(fs.readdirSync(folder), [])
})

test('of many processes after one dead lock, never two hold it at once', async (t) => {
  const folder = temporaryFolder()
  leaveDeadLock(folder)
  // Each holder makes a file that must not be there, and is killed in the act now and then.
  const body = `import fs from 'node:fs'
    for (let i = 0; i < 40; i++) {
      let lock
      try { lock = lockWorkdir('${folder}') } catch (e) { if (e.code !== 'DV_LOCKED') throw e; continue }
      fs.writeFileSync('${folder}/inside', String(process.pid), { flag: 'wx' })
      fs.rmSync('${folder}/inside')
      if (i === 20 && process.pid % 2) process.kill(process.pid, 'SIGKILL')
      lock.release()
    }
    console.log('done')`
  const ends = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, script(body), { stdio: ['ignore', 'ignore', 'pipe'] })
      let errors = ''
      child.stderr.on('data', (bytes) => (errors += String(bytes)))
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
        child.once('close', (...end) => resolve(end)),
      )
      return { code, signal, errors }
    }),
  )
  for (const { code, signal, errors } of ends) t.true(code === 0 || signal === 'SIGKILL', errors)
  lockWorkdir(folder).release()
})
