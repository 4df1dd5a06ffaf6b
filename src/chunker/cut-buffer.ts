import type { Kernel } from './kernel.js'
import type { ChunkerParams } from './params.js'
import { CutSelector } from './selector.js'

/** Ends of all chunks of a file that is, whole, the first `length` bytes of the kernel's input. None if it is empty. */
export function cutBuffer(kernel: Kernel, length: number, params: ChunkerParams): number[] {
  if (length === 0) return []
  if (length <= params.min) return [length]
  const selector = new CutSelector(params)
  const cuts = selector.feed(kernel.scan(length, 0, params), length)
  cuts.push(...selector.end())
  return cuts
}
