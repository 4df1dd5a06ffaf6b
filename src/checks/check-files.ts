// Rules about files: how many there are, and what each is.
import { parseDuration } from '../base/index.js'
import type { ImageShape } from '../images/index.js'
import { counted, isIn, rangeText } from './amounts.js'
import { type About, errored, failed, type Finding, type Outcome, passed } from './outcome.js'
import { type FilesItem, type ImageRule, inside, listOf, type Range } from './rules.js'
import { nameOf, type Run, type SubjectFile } from './run.js'
import { inBytes } from './sense.js'

/** A rule that each file is held against. */
interface Each {
  key: string
  /** What is wrong with a file; undefined: nothing. */
  judge(file: SubjectFile): Promise<Finding | undefined> | Finding | undefined
  message(count: number): string
  count: number
  findings: Finding[]
  /** Of the first file that could not be looked at. */
  error?: unknown
}

export async function* checkFiles(run: Run, item: FilesItem, rule: string): AsyncGenerator<Outcome> {
  const about = (key: string): About => {
    const name = key === '' ? rule : `${rule}.${key}`
    return { rule: name, name: nameOf(item), line: run.rules.placeOf(name).line }
  }
  const each = rulesOf(run, item)
  const sums = { files: 0, bytes: 0 }
  try {
    for await (const batch of run.subject.files(meantBy(item))) {
      for (const file of batch) {
        if (run.only && !run.only(file.path)) continue
        run.signal?.throwIfAborted()
        sums.files++
        sums.bytes += file.entry.size
        for (const one of each) await judge(one, file, run.limit)
      }
    }
  } catch (error) {
    return yield errored(about(''), error)
  }
  // Of a part of them, how many there are says nothing.
  if (!run.only) yield* ofAll(item, sums, about)
  for (const one of each) {
    if (one.error !== undefined) yield errored(about(one.key), one.error)
    else
      yield one.count === 0
        ? passed(about(one.key))
        : failed(about(one.key), { ...one, message: one.message(one.count) })
  }
  if (item.fresh !== undefined && !run.only) yield await checkFresh(run, item, about('fresh'))
}

function meantBy({ path, where }: FilesItem) {
  return { patterns: listOf(path), where }
}

async function judge(rule: Each, file: SubjectFile, limit: number): Promise<void> {
  if (rule.error !== undefined) return
  try {
    const finding = await rule.judge(file)
    if (finding && ++rule.count <= limit) rule.findings.push({ path: file.path, ...finding })
  } catch (error) {
    rule.error = error
  }
}

function* ofAll(
  { count, total }: FilesItem,
  sums: { files: number; bytes: number },
  about: (key: string) => About,
): Generator<Outcome> {
  const range = count ?? { min: 1 }
  yield isIn(sums.files, range)
    ? passed(about('count'))
    : failed(about('count'), {
        message: `There ${sums.files === 1 ? 'is 1 file' : `are ${sums.files} files`}, where ${rangeText(range)} were wanted`,
        count: 1,
        findings: [],
      })
  if (!total) return
  const bytes = inBytes(total)!
  yield isIn(sums.bytes, bytes)
    ? passed(about('total'))
    : failed(about('total'), {
        message: `They have ${sums.bytes} bytes together, where ${rangeText(bytes)} were wanted`,
        count: 1,
        findings: [],
      })
}

async function checkFresh(run: Run, item: FilesItem, about: About): Promise<Outcome> {
  try {
    const since = run.subject.time - parseDuration(item.fresh!)!
    if (await run.subject.changedSince(since, meantBy(item))) return passed(about)
    return failed(about, { message: `None has changed in ${item.fresh}`, count: 1, findings: [] })
  } catch (error) {
    return errored(about, error)
  }
}

function rulesOf(run: Run, { size, metadata, image }: FilesItem): Each[] {
  const rules: Pick<Each, 'key' | 'judge' | 'message'>[] = []
  if (size) {
    const range = inBytes(size)!
    rules.push({
      key: 'size',
      judge: ({ entry }) => (isIn(entry.size, range) ? undefined : { value: String(entry.size) }),
      message: (count) =>
        `${counted(count, 'file has', 'files have')} another size than ${rangeText(range)} bytes`,
    })
  }
  if (metadata !== undefined) {
    const keys = listOf(metadata)
    rules.push({
      key: 'metadata',
      judge: (file) => {
        const lacking = keys.find((key) => !file.metadata.has(key))
        return lacking === undefined ? undefined : { column: lacking }
      },
      message: (count) => `${counted(count, 'file lacks', 'files lack')} metadata`,
    })
  }
  if (image) rules.push(...imageRules(run, image))
  return rules.map((rule) => ({ ...rule, count: 0, findings: [] }))
}

type ImageTest = [
  key: keyof ImageRule,
  wanted: string,
  valueOf: (shape: ImageShape) => string,
  holds: (shape: ImageShape) => boolean,
]

function imageRules(run: Run, image: ImageRule): Pick<Each, 'key' | 'judge' | 'message'>[] {
  let last: { file: SubjectFile; shape: ImageShape } | undefined
  const shapeOf = async (file: SubjectFile): Promise<ImageShape> => {
    if (last?.file !== file) last = { file, shape: await run.subject.shapeOf(file) }
    return last.shape
  }
  return imageTests(image).map(([key, wanted, valueOf, holds]) => ({
    key: inside('image', key),
    async judge(file) {
      const shape = await shapeOf(file)
      return holds(shape) ? undefined : { value: valueOf(shape) }
    },
    message: (count) => `${counted(count, 'image has', 'images have')} another ${key} than ${wanted}`,
  }))
}

function imageTests({ format, type, shape: extents, width, height, planes }: ImageRule): ImageTest[] {
  const tests: ImageTest[] = []
  const named = (key: 'format' | 'type', wanted: string | readonly string[]) =>
    tests.push([
      key,
      listOf(wanted).join(' or '),
      (shape) => shape[key],
      (shape) => listOf(wanted).includes(shape[key]),
    ])
  const numbered = (
    key: 'width' | 'height' | 'planes',
    wanted: Range,
    valueOf: (shape: ImageShape) => number,
  ) =>
    tests.push([
      key,
      rangeText(wanted),
      (shape) => String(valueOf(shape)),
      (shape) => isIn(valueOf(shape), wanted),
    ])
  if (format !== undefined) named('format', format)
  if (type !== undefined) named('type', type)
  if (extents) {
    const text = (list: readonly number[]) => list.join(' × ')
    tests.push([
      'shape',
      text(extents),
      ({ shape }) => text(shape),
      ({ shape }) => text(shape) === text(extents),
    ])
  }
  if (width !== undefined) numbered('width', width, (shape) => extentOf(shape, 'X'))
  if (height !== undefined) numbered('height', height, (shape) => extentOf(shape, 'Y'))
  if (planes !== undefined) numbered('planes', planes, (shape) => shape.planes)
  return tests
}

/** By the letter of the axis; of arrays that name none the last two count. */
function extentOf({ shape, axes }: ImageShape, axis: 'X' | 'Y'): number {
  const named = axes?.indexOf(axis) ?? -1
  return shape.at(named >= 0 ? named : axis === 'X' ? -1 : -2) ?? 0
}
