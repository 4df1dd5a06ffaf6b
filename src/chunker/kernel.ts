// The one door to a scanner: WebAssembly SIMD (assembly/kernel.ts), or plain TypeScript where that cannot run.
//
// The kernel's memory: gear table | counts | four candidate lists | history | input. It is scanned slice by slice, so
// that the lists have a fixed size although hostile bytes can make every position a candidate.
import fs from 'node:fs'
import { DvError } from '../base/index.js'
import { CandidateList, HISTORY_BYTES, type Candidates } from './candidates.js'
import { GEAR } from './gear.js'
import type { ChunkerParams } from './params.js'
import { plainScan } from './plain-scan.js'
import { webAssembly, type WasmModule } from './webassembly.js'

/** A scanner and the memory it scans. Not to be shared between threads; it keeps its memory until it is collected. */
export interface Kernel {
  readonly kind: 'wasm' | 'plain'
  /** Where callers put the bytes of a region: files are read straight into it. */
  readonly input: Uint8Array
  /** The 32 bytes right before `input`: what precedes a region goes to its end. */
  readonly history: Uint8Array
  /** Candidates of the first `length` bytes of `input`; the last `historyLength` bytes of `history` precede them in
   * the file: 32, or all there are if there are fewer. */
  scan(length: number, historyLength: number, params: ChunkerParams): Candidates
}

const SLICE = 256 * 1024
const REGION_MAX = 1 << 30
const PAGE = 64 * 1024

const TABLE_AT = 0
const COUNTS_AT = GEAR.length * 4
const LISTS_AT = COUNTS_AT + 16
/** A quarter of a slice, and what of a slice does not divide into quarters of whole steps. */
const LIST_ENTRIES = SLICE / 4 + 16
const INPUT_AT = Math.ceil((LISTS_AT + 16 * LIST_ENTRIES + HISTORY_BYTES) / 4096) * 4096

/** A kernel for regions of up to `maxBytes`. `plain` forces the TypeScript scanner. */
export function createKernel(maxBytes: number, { plain = false } = {}): Kernel {
  if (!Number.isInteger(maxBytes) || maxBytes < 0 || maxBytes > REGION_MAX) {
    throw new DvError('DV_BAD_CONFIG', `A region of '${maxBytes}' bytes cannot be scanned at once`, {
      data: { maxBytes },
    })
  }
  const compiled = plain ? undefined : loadCompiled()
  return compiled ? wasmKernel(compiled, maxBytes) : plainKernel(maxBytes)
}

function plainKernel(maxBytes: number): Kernel {
  const memory = new Uint8Array(HISTORY_BYTES + maxBytes)
  return {
    kind: 'plain',
    input: memory.subarray(HISTORY_BYTES),
    history: memory.subarray(0, HISTORY_BYTES),
    scan(length, historyLength, params) {
      checkRegion(length, historyLength, maxBytes)
      return plainScan(memory, { start: HISTORY_BYTES, end: HISTORY_BYTES + length, historyLength }, params)
    },
  }
}

type Scan = (
  table: number,
  input: number,
  length: number,
  history: number,
  lists: number,
  capacity: number,
  counts: number,
  strictMask: number,
  looseMask: number,
) => void

function wasmKernel({ host, module }: Compiled, maxBytes: number): Kernel {
  const pages = Math.ceil((INPUT_AT + maxBytes) / PAGE)
  const memory = new host.Memory({ initial: pages, maximum: pages })
  const instance = new host.Instance(module, { env: { memory } })
  const scanSlice = instance.exports['scan'] as Scan
  const words = new Uint32Array(memory.buffer, 0, (LISTS_AT + 16 * LIST_ENTRIES) / 4)
  words.set(GEAR, TABLE_AT / 4)
  return {
    kind: 'wasm',
    input: new Uint8Array(memory.buffer, INPUT_AT, maxBytes),
    history: new Uint8Array(memory.buffer, INPUT_AT - HISTORY_BYTES, HISTORY_BYTES),
    scan(length, historyLength, { strictMask, looseMask }) {
      checkRegion(length, historyLength, maxBytes)
      const found = new CandidateList()
      for (let at = 0; at < length; at += SLICE) {
        const size = Math.min(SLICE, length - at)
        const known = Math.min(HISTORY_BYTES, historyLength + at)
        scanSlice(
          TABLE_AT,
          INPUT_AT + at,
          size,
          known,
          LISTS_AT,
          LIST_ENTRIES,
          COUNTS_AT,
          strictMask,
          looseMask,
        )
        for (let lane = 0; lane < 4; lane++) {
          const list = LISTS_AT / 4 + lane * LIST_ENTRIES
          found.append(words.subarray(list, list + words[COUNTS_AT / 4 + lane]!), at)
        }
      }
      return found.take()
    },
  }
}

function checkRegion(length: number, historyLength: number, maxBytes: number): void {
  const fits = Number.isInteger(length) && length >= 0 && length <= maxBytes
  if (fits && Number.isInteger(historyLength) && historyLength >= 0 && historyLength <= HISTORY_BYTES) return
  throw new RangeError(`a region of ${length} bytes behind ${historyLength} in a kernel of ${maxBytes}`)
}

interface Compiled {
  host: NonNullable<typeof webAssembly>
  module: WasmModule
}

let loaded: { compiled: Compiled | undefined } | undefined

/** The compiled kernel; undefined where this host has no WebAssembly SIMD. */
function loadCompiled(): Compiled | undefined {
  loaded ??= { compiled: compile() }
  return loaded.compiled
}

function compile(): Compiled | undefined {
  if (webAssembly === undefined) return undefined
  const bytes = fs.readFileSync(new URL('kernel.wasm', import.meta.url))
  if (!webAssembly.validate(bytes)) return undefined
  return { host: webAssembly, module: new webAssembly.Module(bytes) }
}
