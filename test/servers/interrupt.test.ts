import { spawn } from 'node:child_process'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'

test('Ctrl-C ends a fetch from a server that takes the connection and says nothing', async (t) => {
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const silent = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', asked)
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const { root, repository } = await testRepository(t, { a: 'a' })
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/data`
  await repository.addRemote({ name: 'origin', url })
  const dv = spawn(process.execPath, [path.resolve('bin/dv'), 'fetch'], { cwd: root })
  let said = ''
  dv.stderr.on('data', (text) => (said += String(text)))
  const ended = new Promise<number | null>((resolve) => dv.once('close', resolve))
  await isAsked
  dv.kill('SIGINT')
  t.is(await ended, 130)
  t.regex(said, /^error: Interrupted\n/)
})
