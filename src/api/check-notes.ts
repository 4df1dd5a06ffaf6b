// refs/notes/checks: which commits were held against which rules, and what came of it. A commit without parents; its tree has an
// empty file COMMIT/RULES for each, whose metadata says it. Format: spec/25-checks.md, "What is remembered"
import { isDvError, isLoss, randomHex } from '../base/index.js'
import { decodeNote, encodeNote, type Note } from '../checks/index.js'
import { type CommitId, hashChunk, idKey, type ManifestId, parseId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import {
  type Change,
  diffManifests,
  editManifest,
  emptyManifest,
  type Edit,
  iterEntries,
  loadMetadata,
  lookup,
  storeMetadata,
} from '../manifest/index.js'
import { encodeCommit, type Entry } from '../objects/index.js'
import { noteRef, readRef, refreshRefNames, type StoredRef, updateRef } from '../refs/index.js'
import { anchor, anchorNamed, type ObjectStore, StoreWriter } from '../store/index.js'
import type { Context, StoreView } from './context.js'

export const CHECK_NOTES = noteRef('checks')

/** A note with what it is of. */
export interface StoredNote extends Note {
  /** Content id of the rule file, as hex. */
  rules: string
}

/** The tree of notes of a store; undefined when it has none, or lost it. */
async function notesTree({
  storage,
  store,
}: Pick<StoreView, 'storage' | 'store'>): Promise<ManifestId | undefined> {
  const stored = await readRef(storage, CHECK_NOTES)
  return stored && (await treeOf(store, stored.value.target))
}

async function treeOf(store: ObjectStore, notes: CommitId): Promise<ManifestId | undefined> {
  try {
    return (await readCommit(store, notes)).manifest
  } catch (error) {
    if (isLoss(error)) return undefined
    throw error
  }
}

/** Reads the notes of commits; the ref once. */
export async function notesOf(view: StoreView): Promise<(commit: CommitId) => Promise<StoredNote[]>> {
  const tree = await notesTree(view)
  return async (commit) => {
    if (!tree) return []
    const notes: StoredNote[] = []
    for await (const batch of iterEntries(view.store, tree, { prefix: toHex(commit) })) {
      for (const [path, entry] of batch) {
        const note = await noteAt(view.store, entry)
        if (note && isNotePath(path)) notes.push({ rules: path.split('/')[1]!, ...note })
      }
    }
    return notes.sort((a, b) => a.time - b.time)
  }
}

/** What is remembered of a commit and its rules. */
export async function noteOf(view: StoreView, commit: CommitId, rules: string): Promise<Note | undefined> {
  const tree = await notesTree(view)
  const entry = tree && (await lookup(view.store, tree, notePath(commit, rules)))
  return entry && noteAt(view.store, entry)
}

async function noteAt(store: ObjectStore, entry: Entry): Promise<Note | undefined> {
  return decodeNote(await loadMetadata(store, entry))
}

function notePath(commit: CommitId, rules: string): string {
  return `${toHex(commit)}/${rules}`
}

function isNotePath(path: string): boolean {
  return /^[0-9a-f]{64}\/[0-9a-f]{64}$/.test(path)
}

/** Remembers it; what is known and says the same stays. */
export async function recordNote(
  { store, surroundings }: Pick<Context, 'store' | 'surroundings'>,
  { commit, rules, note }: { commit: CommitId; rules: string; note: Note },
): Promise<void> {
  await moveNotes(store, surroundings.clock(), async (nodes, tree) => {
    const path = notePath(commit, rules)
    const before = tree && (await lookup(store, tree, path))
    const known = before && (await noteAt(store, before))
    if (known && JSON.stringify({ ...known, time: 0 }) === JSON.stringify({ ...note, time: 0 })) return tree
    return editManifest(nodes, tree ?? (await emptyManifest(nodes)), [[path, await entryOf(nodes, note)]])
  })
}

async function entryOf(nodes: StoreWriter, note: Note): Promise<Entry> {
  const metadata = await storeMetadata(nodes, encodeNote(note))
  const content = hashChunk(new Uint8Array(0))
  return { kind: 'file', size: 0, content, recipe: { form: 'whole' }, ...(metadata && { metadata }) }
}

/** Joins notes that have arrived into those of a store. `others`: a commit of notes, which is in the store. */
export async function joinNotes(
  store: ObjectStore,
  now: number,
  {
    others,
    isMeant = () => Promise.resolve(true),
  }: { others: CommitId; isMeant?: (commit: CommitId) => Promise<boolean> },
): Promise<void> {
  const theirs = await treeOf(store, others)
  if (!theirs) return
  await moveNotes(store, now, async (nodes, tree) => {
    const ours = tree ?? (await emptyManifest(nodes))
    const edits: Edit[] = []
    const known = new Map<string, Promise<boolean>>()
    const isOf = (path: string) => {
      const hex = path.slice(0, 64)
      const found = known.get(hex) ?? isMeant(parseId<'commit'>(hex))
      known.set(hex, found)
      return found
    }
    for await (const changes of diffManifests(nodes, [ours, theirs]))
      for (const change of changes)
        if (isNotePath(change.path) && (await isNewer(store, change)) && (await isOf(change.path)))
          edits.push([change.path, change.after])
    return edits.length === 0 ? tree : editManifest(nodes, ours, edits)
  })
}

/** Of two the later one stays; of equally late ones that with the greater text, so that all stores agree. */
async function isNewer(store: ObjectStore, { before, after }: Change): Promise<boolean> {
  const theirs = after?.kind === 'file' ? await noteAt(store, after) : undefined
  const ours = before && (await noteAt(store, before))
  if (!theirs || !ours) return theirs !== undefined
  if (theirs.time !== ours.time) return theirs.time > ours.time
  return JSON.stringify(theirs) > JSON.stringify(ours)
}

type Edited = (nodes: StoreWriter, tree: ManifestId | undefined) => Promise<ManifestId | undefined>

/** Moves the ref to an edited tree, by compare-and-swap; an edit that changes nothing moves nothing. The change is in no
 * operation log: it is nobody's work that an undo should take back. */
async function moveNotes(store: ObjectStore, now: number, edit: Edited): Promise<void> {
  const { storage } = store
  for (let attempt = 1; ; attempt++) {
    const stored = await readRef(storage, CHECK_NOTES)
    const tree = stored && (await treeOf(store, stored.value.target))
    const id = await writeNotes(store, tree, edit)
    if (!id) return
    const named = [{ kind: 'commit' as const, id }]
    try {
      await anchor(store, named)
      await setRef(store, { stored, id, now })
      return await anchorNamed(store, named)
    } catch (error) {
      const isRace = isDvError(error, 'DV_REF_MOVED') || isDvError(error, 'DV_COLLECTED')
      if (!isRace || attempt === ATTEMPTS) throw error
      await store.index.begin()
    }
  }
}

const ATTEMPTS = 10

async function setRef(
  { storage }: ObjectStore,
  { stored, id, now }: { stored: StoredRef | undefined; id: CommitId; now: number },
): Promise<void> {
  const next = { target: id, operation: `notes-${randomHex(16)}`, updated: now }
  await updateRef(storage, CHECK_NOTES, { expected: stored, next, namesLater: true })
  if (!stored) await refreshRefNames(storage, [CHECK_NOTES])
}

/** Undefined when the tree stays as it is. */
async function writeNotes(
  store: ObjectStore,
  tree: ManifestId | undefined,
  edit: Edited,
): Promise<CommitId | undefined> {
  const nodes = new StoreWriter(store, { kind: 'node' })
  try {
    const manifest = await edit(nodes, tree)
    if (!manifest || (tree && idKey(manifest) === idKey(tree))) {
      nodes.abort()
      return undefined
    }
    // Without a time of its own, so that stores that know the same have the same commit.
    const by = { name: 'dv', email: 'dv', time: 0, zone: 0 }
    const made = { manifest, parents: [], author: by, committer: by, message: 'checks', metadata: new Map() }
    const id = await nodes.writeObject('commit', encodeCommit(made))
    await store.index.add((await nodes.finish()).map((ref) => ({ ref })))
    return id
  } catch (error) {
    nodes.abort()
    throw error
  }
}
