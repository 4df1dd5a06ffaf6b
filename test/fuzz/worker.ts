// One target in a thread of its own, so that one that hangs can be ended. It runs instrumented (instrument.ts).
import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom } from './random.js'
import { COUNTERS, SHARED_HEADER_BYTES, type WorkerNews, type WorkerOrder } from './worker-order.js'

const order = workerData as WorkerOrder
// A refusal that is expected costs less without.
Error.stackTraceLimit = 4
const counters = new Uint8Array(order.counters + (-order.counters & 3))
Object.assign(globalThis, { [COUNTERS]: counters })
const { Session } = await import('./session.js')
const { targetNamed } = await import('./targets/index.js')

const numbers = new Int32Array(order.shared, 0, 2)
const room = new Uint8Array(order.shared, SHARED_HEADER_BYTES)
const target = targetNamed(order.target)
const session = new Session(target, {
  counters,
  random: seededRandom(order.seed),
  onInput(input) {
    room.set(input.subarray(0, room.length))
    numbers[1] = input.length
    Atomics.add(numbers, 0, 1)
  },
  onKept: (kept) => tell({ kept: Buffer.from(kept) }),
})
for (const seed of target.seeds) await session.try(seed, { keep: true })
for (const input of order.corpus) await session.try(input)
const end = performance.now() + order.seconds * 1000
while (session.executions < order.executions && performance.now() < end) {
  await session.step()
  // Memory of zstd comes back only after a turn of the event loop.
  if (session.executions % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
}
const { executions, ways, findings } = session
tell({ done: { executions, ways, kept: session.kept.length, findings: [...findings] } })

function tell(news: WorkerNews): void {
  parentPort!.postMessage(news)
}
