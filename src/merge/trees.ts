import type { Attributes } from '../attributes/index.js'
import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Edit, editManifest, emptyManifest, lookupMany } from '../manifest/index.js'
import { type Entry, type FileEntry, isFile } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { decodeBytes, encodeText, hasRowText, mergeRows, tableFormat } from '../tables/index.js'
import { decodeText, TEXT_BYTES_MAX } from '../diff/index.js'
import { type Combined, combineEntries } from './combine.js'
import { type Conflict, type ConflictKind, conflictSides } from './conflict.js'
import { type MergeStep, planMerge } from './plan.js'
import { sideName } from './side-name.js'
import { takeSide } from './take-side.js'
import { type MergeLabels, mergeText, type MergeTextOptions } from './text.js'

/** How content is read and written; only files of at most TEXT_BYTES_MAX are. */
export interface FileAccess {
  /** Undefined: it was purged, so there is nothing to merge. */
  read(entry: FileEntry): Promise<Uint8Array | undefined>
  /** `previous`: what the bytes take the place of. */
  write(bytes: Uint8Array, previous: FileEntry): Promise<Pick<FileEntry, 'size' | 'content' | 'recipe'>>
}

export interface MergeTreesOptions {
  /** Undefined: the histories have nothing in common. */
  base: ManifestId | undefined
  ours: ManifestId
  theirs: ManifestId
  labels: MergeLabels
  files: FileAccess
  /** What users say of a file. */
  attributes?: (path: string) => Promise<Attributes>
  /** Settles every conflict by this side. */
  favour?: 'ours' | 'theirs'
}

export interface MergeResult {
  /** The merged tree. With conflicts: the tree to show, where text in conflict carries markers, other files in
   * conflict are ours, and both sides stand beside them. */
  manifest: ManifestId
  /** The same without the sides. */
  settled: ManifestId
  /** In the order of paths. */
  conflicts: Conflict[]
  /** Paths taken from them, and files merged from both. */
  taken: number
  merged: number
}

/** Merges two trees. Cost and reads are those of what changed since the base. */
export async function mergeTrees(writer: ObjectWriter, options: MergeTreesOptions): Promise<MergeResult> {
  const base = options.base ?? (await emptyManifest(writer))
  const work: Work = { writer, options, conflicts: [], beside: [], taken: 0, merged: 0 }
  const roots = { base, ours: options.ours, theirs: options.theirs }
  let settled = await editManifest(writer, options.ours, editsOf(work, planMerge(writer, roots)))
  const { taken, merged, conflicts } = work
  if (options.favour === undefined)
    return { manifest: await keepSides(work, settled), settled, conflicts, taken, merged }
  // What stands below a file of the other side has been settled path by path; now the favoured one has it all.
  const from = options[options.favour]
  settled = await editManifest(writer, settled, await takeSide(writer, { tree: settled, from, conflicts }))
  return { manifest: settled, settled, conflicts: [], taken, merged }
}

/** The files whose texts a merge will read. */
export async function* filesToCombine(
  writer: ObjectWriter,
  { base, ours, theirs }: Pick<MergeTreesOptions, 'base' | 'ours' | 'theirs'>,
): AsyncGenerator<FileEntry[]> {
  const roots = { base: base ?? (await emptyManifest(writer)), ours, theirs }
  for await (const steps of planMerge(writer, roots)) {
    const entries = steps.flatMap((step) =>
      step.kind === 'combine' ? [step.base, step.ours, step.theirs] : [],
    )
    yield entries.filter((entry) => entry && isFile(entry) && entry.size <= TEXT_BYTES_MAX) as FileEntry[]
  }
}

interface Work {
  writer: ObjectWriter
  options: MergeTreesOptions
  conflicts: Conflict[]
  /** Sides to keep beside their file. */
  beside: { conflict: Conflict; side: 'ours' | 'theirs'; entry: Entry }[]
  taken: number
  merged: number
}

async function* editsOf(
  work: Work,
  plan: AsyncIterable<MergeStep[]>,
): AsyncGenerator<Edit[], void, undefined> {
  for await (const steps of plan) {
    const edits: Edit[] = []
    for (const step of steps) {
      if (step.kind === 'take') {
        work.taken++
        edits.push([step.path, step.entry])
      } else edits.push([step.path, await settle(work, step)])
    }
    yield edits
  }
}

/** What is to stand at the step's path; a conflict is recorded. */
async function settle(work: Work, step: Exclude<MergeStep, { kind: 'take' }>): Promise<Entry | undefined> {
  const { favour } = work.options
  if (step.kind === 'combine') return combine(work, step)
  if (step.kind === 'modify-delete') {
    if (favour !== undefined) return step[favour]
    const conflict = record(work, step, 'modify-delete')
    work.beside.push({ conflict, side: step.ours ? 'ours' : 'theirs', entry: step.entry })
    return step.entry
  }
  // Whatever stands below the path is settled by its own steps, so the directory stays even when the file is favoured.
  const conflict = record(work, step, 'file-directory')
  work.beside.push({ conflict, side: step.side, entry: step.file })
  return step.entry
}

async function combine(work: Work, step: MergeStep & { kind: 'combine' }): Promise<Entry> {
  const { base, ours, theirs } = step
  const { favour } = work.options
  const combined = await combineEntries(work.writer, { base, ours, theirs }, favour)
  const { entry, content, clash, metadataKeys } = combined
  if (clash !== undefined && favour === undefined) return keepBoth(work, step, combined)
  if (content) return combineText(work, step, combined)
  if (metadataKeys.length > 0 && favour === undefined) record(work, step, 'metadata', { metadataKeys })
  else work.merged++
  return entry
}

async function combineText(
  work: Work,
  step: MergeStep & { kind: 'combine' },
  combined: Combined,
): Promise<Entry> {
  const { favour, labels, files } = work.options
  const attributes = (await work.options.attributes?.(step.path)) ?? {}
  const trio = await textsOf(work, step, attributes)
  if (trio === undefined) {
    if (favour === undefined) return keepBoth(work, step, combined)
    const { size, content, recipe } = step[favour] as FileEntry
    return { ...combined.entry, size, content, recipe } as FileEntry
  }
  const { text, conflict } = joinTexts(step.path, trio, { labels, attributes, ...(favour && { favour }) })
  const bytes = encodeText(text, attributes.encoding ?? 'utf-8')
  const entry = {
    ...combined.entry,
    ...(await files.write(bytes, step.ours as FileEntry)),
  } as FileEntry
  if (conflict) return keepBoth(work, step, { ...combined, entry }, conflict)
  if (combined.metadataKeys.length > 0 && favour === undefined) {
    record(work, step, 'metadata', { metadataKeys: combined.metadataKeys })
  } else work.merged++
  return entry
}

interface JoinedTexts {
  text: string
  /** What is told of it. */
  conflict?: Pick<Conflict, 'markers' | 'cells'>
}

/** Tables by rows and cells, where a key tells rows apart; all else by lines. */
function joinTexts(
  path: string,
  trio: readonly [base: string, ours: string, theirs: string],
  { attributes, ...options }: MergeTextOptions & { attributes: Attributes },
): JoinedTexts {
  const { favour } = options
  const { driver, key, delimiter, header } = attributes
  const format = tableFormat(path, driver)
  const form = { ...(delimiter !== undefined && { delimiter }), ...(header !== undefined && { header }) }
  const rows = hasRowText(format)
    ? mergeRows(trio, { format, form, ...(key && { key }), ...(favour && { favour }) })
    : undefined
  if (rows) {
    const cells = favour === undefined ? rows.conflicts : []
    return { text: rows.text, ...(cells.length > 0 && { conflict: { markers: false, cells } }) }
  }
  const { text, conflicts } = mergeText(trio, options)
  return { text, ...(conflicts > 0 && { conflict: { markers: true } }) }
}

/** The texts of base, ours and theirs; undefined unless all of them are text. A file both added has an empty base. */
async function textsOf(
  { options }: Work,
  { base, ours, theirs }: MergeStep & { kind: 'combine' },
  { driver, encoding = 'utf-8' }: Attributes,
): Promise<[string, string, string] | undefined> {
  if (driver === 'binary') return undefined
  const texts: string[] = []
  for (const entry of [base && isFile(base) ? base : undefined, ours, theirs]) {
    if (entry === undefined) texts.push('')
    else {
      const file = entry as FileEntry
      const bytes = file.size > TEXT_BYTES_MAX ? undefined : await options.files.read(file)
      const text = bytes && (encoding === 'utf-8' ? decodeText(bytes) : decodeBytes(bytes, encoding))
      if (text === undefined) return undefined
      texts.push(text)
    }
  }
  return texts as [string, string, string]
}

function keepBoth(
  work: Work,
  step: MergeStep & { kind: 'combine' },
  combined: Combined,
  told: Partial<Conflict> = {},
): Entry {
  const { ours, theirs, base } = step
  const kind = combined.clash === 'type' ? 'type' : base === undefined ? 'both-added' : 'both-modified'
  const { metadataKeys } = combined
  const conflict = record(work, step, kind, { ...told, ...(metadataKeys.length > 0 && { metadataKeys }) })
  work.beside.push({ conflict, side: 'ours', entry: ours }, { conflict, side: 'theirs', entry: theirs })
  return combined.entry
}

function record(work: Work, step: MergeStep, kind: ConflictKind, more: Partial<Conflict> = {}): Conflict {
  const conflict = { path: step.path, kind, ...conflictSides(step), markers: false, ...more }
  work.conflicts.push(conflict)
  return conflict
}

/** Adds the sides of conflicts beside their files, under names that nothing has. */
async function keepSides(work: Work, manifest: ManifestId): Promise<ManifestId> {
  const { labels } = work.options
  const edits = new Map<string, Entry>()
  for (const { conflict, side, entry } of work.beside) {
    const occupied = new Set<string>()
    let path: string
    for (;;) {
      const taken = (candidate: string) => edits.has(candidate) || occupied.has(candidate)
      path = sideName(conflict.path, { side, label: labels[side], taken })
      if ((await lookupMany(work.writer, manifest, [path]))[0] === undefined) break
      occupied.add(path)
    }
    edits.set(path, entry)
    conflict[side === 'ours' ? 'oursPath' : 'theirsPath'] = path
  }
  const sorted = [...edits].sort(([a], [b]) => comparePaths(a, b))
  return editManifest(work.writer, manifest, sorted)
}
