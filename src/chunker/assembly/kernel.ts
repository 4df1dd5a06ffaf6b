// The scanner as WebAssembly SIMD (AssemblyScript). Format: spec/02-chunking.md.
//
// Four lanes of one vector hold the hashes of four quarters of the slice; each lane is warmed up on the 32 bytes
// before its quarter. Per step a lane needs one table look-up, which is what the time goes into; the test for a
// candidate is made once per four steps. Memory belongs to the host, which lays out table, lists and bytes.

const HISTORY: i32 = 32
const STEPS: i32 = 4

/** Scans `length` bytes at `input`, of which `history` bytes before are known. Each lane's candidates (position * 2 +
 * strict) go to its own list of `capacity` entries at `lists`; their four counts to `counts`. */
export function scan(
  table: usize,
  input: usize,
  length: i32,
  history: i32,
  lists: usize,
  capacity: i32,
  counts: usize,
  strictMask: u32,
  looseMask: u32,
): void {
  // Quarters of whole vectors of steps; what is left over is scanned behind the last lane.
  const quarter: i32 = (length >> 2) & ~(STEPS - 1)
  const list0 = lists
  const list1 = lists + ((<usize>capacity) << 2)
  const list2 = list1 + ((<usize>capacity) << 2)
  const list3 = list2 + ((<usize>capacity) << 2)
  let out0 = list0
  let out1 = list1
  let out2 = list2
  let out3 = list3

  let h = i32x4.splat(warm(table, input, 0, history))
  h = i32x4.replace_lane(h, 1, warm(table, input, quarter, history))
  h = i32x4.replace_lane(h, 2, warm(table, input, 2 * quarter, history))
  h = i32x4.replace_lane(h, 3, warm(table, input, 3 * quarter, history))

  const loose = i32x4.splat(looseMask)
  const zero = i32x4.splat(0)
  const in1 = input + <usize>quarter
  const in2 = in1 + <usize>quarter
  const in3 = in2 + <usize>quarter

  for (let i: i32 = 0; i < quarter; i += STEPS) {
    const a = load<u32>(input + <usize>i)
    const b = load<u32>(in1 + <usize>i)
    const c = load<u32>(in2 + <usize>i)
    const d = load<u32>(in3 + <usize>i)
    const h1 = i32x4.add(
      i32x4.shl(h, 1),
      gather(table, (a & 255) << 2, (b & 255) << 2, (c & 255) << 2, (d & 255) << 2),
    )
    const h2 = i32x4.add(
      i32x4.shl(h1, 1),
      gather(table, (a >> 6) & 1020, (b >> 6) & 1020, (c >> 6) & 1020, (d >> 6) & 1020),
    )
    const h3 = i32x4.add(
      i32x4.shl(h2, 1),
      gather(table, (a >> 14) & 1020, (b >> 14) & 1020, (c >> 14) & 1020, (d >> 14) & 1020),
    )
    h = i32x4.add(
      i32x4.shl(h3, 1),
      gather(table, (a >> 24) << 2, (b >> 24) << 2, (c >> 24) << 2, (d >> 24) << 2),
    )

    const e1 = i32x4.eq(v128.and(h1, loose), zero)
    const e2 = i32x4.eq(v128.and(h2, loose), zero)
    const e3 = i32x4.eq(v128.and(h3, loose), zero)
    const e4 = i32x4.eq(v128.and(h, loose), zero)
    if (v128.any_true(v128.or(v128.or(e1, e2), v128.or(e3, e4)))) {
      out0 = note4(
        out0,
        i32x4.extract_lane(h1, 0),
        i32x4.extract_lane(h2, 0),
        i32x4.extract_lane(h3, 0),
        i32x4.extract_lane(h, 0),
        i,
        strictMask,
        looseMask,
      )
      out1 = note4(
        out1,
        i32x4.extract_lane(h1, 1),
        i32x4.extract_lane(h2, 1),
        i32x4.extract_lane(h3, 1),
        i32x4.extract_lane(h, 1),
        quarter + i,
        strictMask,
        looseMask,
      )
      out2 = note4(
        out2,
        i32x4.extract_lane(h1, 2),
        i32x4.extract_lane(h2, 2),
        i32x4.extract_lane(h3, 2),
        i32x4.extract_lane(h, 2),
        2 * quarter + i,
        strictMask,
        looseMask,
      )
      out3 = note4(
        out3,
        i32x4.extract_lane(h1, 3),
        i32x4.extract_lane(h2, 3),
        i32x4.extract_lane(h3, 3),
        i32x4.extract_lane(h, 3),
        3 * quarter + i,
        strictMask,
        looseMask,
      )
    }
  }

  let last: u32 = i32x4.extract_lane(h, 3)
  for (let i: i32 = 4 * quarter; i < length;) {
    last = (last << 1) + load<u32>(table + ((<usize>load<u8>(input + <usize>i)) << 2))
    i++
    out3 = note(out3, last, i, strictMask, looseMask)
  }

  store<u32>(counts, <u32>((out0 - list0) >> 2), 0)
  store<u32>(counts, <u32>((out1 - list1) >> 2), 4)
  store<u32>(counts, <u32>((out2 - list2) >> 2), 8)
  store<u32>(counts, <u32>((out3 - list3) >> 2), 12)
}

/** The hash after `position` bytes, from the last 32 of them or from as many as there are. */
function warm(table: usize, input: usize, position: i32, history: i32): u32 {
  let hash: u32 = 0
  for (let i: i32 = max(position - HISTORY, -history); i < position; i++) {
    hash = (hash << 1) + load<u32>(table + ((<usize>load<u8>(input + <usize>i)) << 2))
  }
  return hash
}

function gather(table: usize, a: u32, b: u32, c: u32, d: u32): v128 {
  let v = v128.load32_zero(table + <usize>a)
  v = v128.load_lane<u32>(table + <usize>b, v, 1)
  v = v128.load_lane<u32>(table + <usize>c, v, 2)
  return v128.load_lane<u32>(table + <usize>d, v, 3)
}

function note4(
  out: usize,
  h1: u32,
  h2: u32,
  h3: u32,
  h4: u32,
  at: i32,
  strictMask: u32,
  looseMask: u32,
): usize {
  out = note(out, h1, at + 1, strictMask, looseMask)
  out = note(out, h2, at + 2, strictMask, looseMask)
  out = note(out, h3, at + 3, strictMask, looseMask)
  return note(out, h4, at + 4, strictMask, looseMask)
}

function note(out: usize, hash: u32, position: i32, strictMask: u32, looseMask: u32): usize {
  if ((hash & looseMask) != 0) return out
  store<u32>(out, ((<u32>position) << 1) | (<u32>((hash & strictMask) == 0)))
  return out + 4
}
