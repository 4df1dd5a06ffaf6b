// Who sees everything: which commits refs lead to, since when, and whether all of them can be read. Looks at the storage
// itself, between two steps.
import { type CommitId, idKey, toHex } from '../../src/hash/index.js'
import { listAllRefs, parseRef, refFromKey, readRef, type StoredRef } from '../../src/refs/index.js'
import type { Storage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { readTree } from '../transfer/world.js'

export class Witness {
  readonly #raw: () => Storage
  readonly #parents = new Map<string, readonly CommitId[]>()
  /** Operations that were told to have succeeded. */
  readonly #acknowledged = new Set<string>()
  readonly #refs = new Map<string, StoredRef>()
  /** When a commit was last led to by no ref: the number of a change. */
  readonly #lost = new Map<string, number>()
  #changes = 0
  #operations = 0
  readonly counts = { pushed: 0, lost: 0, read: 0, swept: 0, again: 0 }

  constructor(raw: () => Storage) {
    this.#raw = raw
  }

  made(commit: CommitId, parents: readonly CommitId[]): void {
    this.#parents.set(idKey(commit), parents)
  }

  newOperation(): string {
    return `operation-${++this.#operations}`
  }

  acknowledge(operation: string): void {
    this.#acknowledged.add(operation)
    this.counts.pushed++
  }

  /** After a change of a mutable name. */
  async changed(name: string): Promise<void> {
    const ref = refFromKey(name)
    if (!ref || parseRef(ref).kind !== 'heads') return
    const before = this.#reachable()
    const now = await readRef(this.#raw(), ref)
    this.#changes++
    if (now) this.#refs.set(ref, now)
    else this.#refs.delete(ref)
    const after = this.#reachable()
    for (const key of before) if (!after.has(key)) this.#lost.set(key, this.#changes)
  }

  /** A moment, to ask later what stayed since. */
  get moment(): number {
    return this.#changes
  }

  /** Whether refs have led to a commit ever since. */
  stayed(commit: CommitId, since: number): boolean {
    return this.#reachable().has(idKey(commit)) && (this.#lost.get(idKey(commit)) ?? -1) <= since
  }

  isAcknowledged({ value }: StoredRef): boolean {
    return this.#acknowledged.has(value.operation)
  }

  /** Reads all that acknowledged refs lead to, to the last byte. */
  async audit(): Promise<void> {
    const store = new ObjectStore(this.#raw())
    const seen = new Set<string>()
    for (const stored of await listAllRefs(this.#raw(), ['heads'])) {
      if (!this.isAcknowledged(stored)) continue
      for (const commit of this.#history([stored.value.target])) {
        if (seen.has(idKey(commit))) continue
        seen.add(idKey(commit))
        try {
          await readTree(store, commit)
        } catch (error) {
          throw new Error(`'${stored.ref}' leads to ${toHex(commit).slice(0, 8)}, which cannot be read`, {
            cause: error,
          })
        }
      }
    }
  }

  #reachable(): Set<string> {
    const tips = [...this.#refs.values()].map(({ value }) => value.target)
    return new Set(this.#history(tips).map(idKey))
  }

  #history(tips: readonly CommitId[]): CommitId[] {
    const found = new Map<string, CommitId>()
    const waiting = [...tips]
    for (let id = waiting.pop(); id; id = waiting.pop()) {
      if (found.has(idKey(id))) continue
      found.set(idKey(id), id)
      waiting.push(...(this.#parents.get(idKey(id)) ?? []))
    }
    return [...found.values()]
  }
}
