// Packs on their way from a worker to who takes them on the main thread, and the word back.
import type { MessagePort } from 'node:worker_threads'
import { DvError, fromPlainError, type PlainError, toPlainError } from '../base/index.js'
import type { FinishedPack } from '../store/index.js'
import type { Deliver } from './tasks.js'

/** From the worker. */
export interface PackToDeliver {
  delivery: number
  pack: FinishedPack
}

/** To the worker: the pack counts, or why not. */
export interface Delivered {
  delivery: number
  error?: PlainError
  crash?: string
}

/** On the main thread: hands a pack on and says what became of it. */
export async function takeDelivery(deliver: Deliver, { delivery, pack }: PackToDeliver): Promise<Delivered> {
  try {
    await deliver(pack)
    return { delivery }
  } catch (error) {
    if (error instanceof DvError) return { delivery, error: toPlainError(error) }
    return { delivery, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** In a worker: packs it has sent and had no word of yet. */
export class Deliveries {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  #next = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  send(pack: FinishedPack): Promise<void> {
    return new Promise((resolve, reject) => {
      const delivery = this.#next++
      this.#waiting.set(delivery, { resolve, reject })
      this.#port.postMessage({ delivery, pack } satisfies PackToDeliver)
    })
  }

  settle({ delivery, error, crash }: Delivered): void {
    const waiting = this.#waiting.get(delivery)
    this.#waiting.delete(delivery)
    if (error) waiting?.reject(fromPlainError(error))
    else if (crash !== undefined) waiting?.reject(new Error(crash))
    else waiting?.resolve()
  }
}
