// What is fuzzed: every parser of bytes or text that may come from somebody else. A target may only return or throw a
// DvError. Where a format ends in a checksum the target puts the right one there first: what is behind it is the aim.
import { blockTargets } from './blocks.js'
import { imageTargets } from './images.js'
import { indexTargets } from './index-segments.js'
import { objectTargets } from './objects.js'
import { recordTargets } from './records.js'
import { ruleTargets } from './rules.js'
import { searchTargets } from './search.js'
import { stateTargets } from './state.js'
import { tableTargets } from './tables.js'
import { textTargets } from './texts.js'

export interface Target {
  name: string
  /** Sound inputs of every form there is: everything else is made of these. */
  seeds: readonly Uint8Array[]
  /** The input is JSON, so that values may be changed instead of bytes. */
  isJson?: boolean
  /** Bytes of an input; 4,096 unless told. */
  longest?: number
  /** The input may be changed. */
  parse(bytes: Buffer): unknown
}

export const TARGETS: readonly Target[] = [
  ...blockTargets,
  ...imageTargets,
  ...indexTargets,
  ...objectTargets,
  ...recordTargets,
  ...ruleTargets,
  ...searchTargets,
  ...stateTargets,
  ...tableTargets,
  ...textTargets,
]

export function targetNamed(name: string): Target {
  const target = TARGETS.find((one) => one.name === name)
  if (!target)
    throw new Error(`there is no target '${name}', only ${TARGETS.map((one) => one.name).join(' ')}`)
  return target
}
