import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { Reader, Writer } from '../../src/codec/index.js'

type Value =
  | { type: 'u8' | 'u16' | 'u32' | 'varint' | 'f64'; value: number }
  | { type: 'int64'; value: bigint }
  | { type: 'string'; value: string }
  | { type: 'bytes'; value: Uint8Array }

const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.record({ type: fc.constant('u8' as const), value: fc.nat(0xff) }),
  fc.record({ type: fc.constant('u16' as const), value: fc.nat(0xffff) }),
  fc.record({ type: fc.constant('u32' as const), value: fc.nat(0xffffffff) }),
  fc.record({ type: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('f64' as const), value: fc.double() }),
  fc.record({
    type: fc.constant('int64' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant('string' as const), value: fc.string({ unit: 'binary' }) }),
  fc.record({ type: fc.constant('bytes' as const), value: fc.uint8Array() }),
)

function write(writer: Writer, { type, value }: Value): void {
  const method = writer[type] as (value: Value['value']) => Writer
  method.call(writer, value)
}

test('what a Writer wrote a Reader reads, to the last byte', (t) => {
  fc.assert(
    fc.property(fc.array(anyValue), fc.nat(64), (values, capacity) => {
      const writer = new Writer(capacity)
      for (const value of values) write(writer, value)
      const reader = new Reader(writer.done(), 'values')
      for (const { type, value } of values) {
        const read = reader[type]()
        t.deepEqual(typeof read === 'object' ? new Uint8Array(read) : read, value)
      }
      t.is(reader.left, 0)
      reader.end()
    }),
  )
})

test('integers of any width come back', (t) => {
  for (let width = 0; width <= 6; width++) {
    const value = 2 ** (8 * width) - 1
    const bytes = new Writer().uint(value, width).done()
    t.is(bytes.length, width)
    t.is(new Reader(bytes, 'integer').uint(width), value)
  }
})

test('a cut anywhere is DV_CORRUPT', (t) => {
  fc.assert(
    fc.property(anyValue, fc.double({ min: 0, max: 0.999, noNaN: true }), (value, part) => {
      const writer = new Writer()
      write(writer, value)
      const whole = writer.done()
      const reader = new Reader(whole.subarray(0, Math.floor(whole.length * part)), 'value')
      t.throws(() => reader[value.type](), { code: 'DV_CORRUPT' })
    }),
  )
})

test('any bytes are read canonically or are DV_CORRUPT', (t) => {
  const anyType = fc.constantFrom('varint' as const, 'int64' as const, 'string' as const, 'bytes' as const)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), anyType, (bytes, type) => {
      const reader = new Reader(bytes, 'anything')
      try {
        const writer = new Writer()
        write(writer, { type, value: reader[type]() } as Value)
        t.deepEqual(new Uint8Array(writer.done()), bytes.slice(0, reader.offset))
      } catch (error) {
        t.true(isDvError(error, 'DV_CORRUPT'), String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('lengths and counts above what is allowed or left are refused before anything is read', (t) => {
  const twelve = new Writer().varint(12).raw(new Uint8Array(12)).done()
  t.throws(() => new Reader(twelve, 'bytes').bytes(11), { code: 'DV_CORRUPT' })
  t.throws(() => new Reader(twelve, 'string').string(11), { code: 'DV_CORRUPT' })
  t.throws(() => new Reader(twelve, 'count').count(11), { code: 'DV_CORRUPT' })
  t.throws(() => new Reader(twelve, 'count').count(100, 2), { code: 'DV_CORRUPT' })
  t.is(new Reader(twelve, 'count').count(12), 12)
  const huge = new Writer().varint(Number.MAX_SAFE_INTEGER).done()
  t.throws(() => new Reader(huge, 'bytes').bytes(), { code: 'DV_CORRUPT' })
  t.throws(() => new Reader(huge, 'count').count(Number.MAX_SAFE_INTEGER, 1000), { code: 'DV_CORRUPT' })
})

test('damage names what was read and where', (t) => {
  const reader = new Reader(Uint8Array.of(1, 2, 3), 'thing')
  reader.u8()
  const error = t.throws(() => reader.u32(), { code: 'DV_CORRUPT', message: /thing/ })
  t.like(error, { data: { what: 'thing', offset: 1 } })
})

test('bytes behind the end are refused', (t) => {
  t.throws(() => new Reader(Uint8Array.of(0), 'thing').end(), { code: 'DV_CORRUPT' })
})

test('text that has no UTF-8 is refused rather than changed', (t) => {
  t.throws(() => new Writer().string('half \ud800 pair'), { code: 'DV_USAGE' })
})

test('numbers a varint cannot hold are a mistake of the programmer', (t) => {
  for (const value of [-1, 0.5, 2 ** 53, NaN]) {
    t.throws(() => new Writer().varint(value), { instanceOf: TypeError })
  }
})
