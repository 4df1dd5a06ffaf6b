// LZW as TIFF has it: codes of 9 to 12 bits, the highest first, each one bit longer a code early. TIFF 6.0, section 13
const [CLEAR, END, FIRST, CODES_MAX] = [256, 257, 258, 4096]

/** At most `length` bytes; undefined where a code is not one that is known by then. */
export function decodeLzw(bytes: Buffer, length: number): Buffer | undefined {
  const out = Buffer.alloc(length)
  // What a code stands for is bytes that were given out before: where they begin, and how many they are.
  const [starts, lengths] = [new Float64Array(CODES_MAX), new Uint32Array(CODES_MAX)]
  let [at, next, width] = [0, FIRST, 9]
  let [held, bitsHeld, from] = [0, 0, 0]
  while (at < length) {
    for (; bitsHeld < width; bitsHeld += 8) {
      if (from === bytes.length) return out.subarray(0, at)
      held = ((held << 8) | bytes[from++]!) & 0xffffff
    }
    bitsHeld -= width
    const code = (held >> bitsHeld) & ((1 << width) - 1)
    if (code === END) break
    if (code === CLEAR) [next, width] = [FIRST, 9]
    else {
      if (code >= next) return undefined
      const start = at
      if (code < CLEAR) out[at++] = code
      else at = repeat(out, { at, from: starts[code]!, count: lengths[code]! })
      // The next code stands for these bytes and the one that comes behind them.
      if (next < CODES_MAX) [starts[next], lengths[next]] = [start, at - start + 1]
      next++
      if (next >= 1 << width && width < 12) width++
    }
  }
  return out.subarray(0, at)
}

/** Byte by byte: what is repeated may reach into what it becomes. Cut at the end of `out`. */
function repeat(out: Buffer, { at, from, count }: { at: number; from: number; count: number }): number {
  const end = Math.min(out.length, at + count)
  for (let to = at; to < end; to++) out[to] = out[from + to - at]!
  return end
}
