// What a commit was made from: data of other commits, mostly of other stores. Format: spec/27-dependencies.md, "Inputs"
import type { Metadata, MetadataValue } from '../objects/index.js'

export const INPUTS_KEY = 'dv.inputs'

export interface Input {
  /** Of the store: a URL or an absolute folder. */
  url: string
  /** The store's id, 32 hex digits. */
  store?: string
  /** As it was typed. */
  revision?: string
  /** 64 hex digits. */
  commit: string
  /** Absent: all of the tree. */
  path?: string
  /** Only what this expression means. */
  where?: string
  /** Of a file its content id, of a whole tree that of its manifest. */
  id?: string
}

const OPTIONAL = ['store', 'revision', 'path', 'where', 'id'] as const
const HEX = { store: /^[0-9a-f]{32}$/, commit: /^[0-9a-f]{64}$/, id: /^[0-9a-f]{64}$/ }

/** One text each, as the metadata of a commit holds them. */
export function inputTexts(inputs: readonly Input[]): string[] {
  return inputs.map(({ url, store, revision, commit, path, where, id }) =>
    JSON.stringify({ url, store, revision, commit, path, where, id }),
  )
}

/** What is none is passed over: metadata is whatever somebody wrote. */
export function inputsIn(metadata: Metadata): Input[] {
  const value = metadata.get(INPUTS_KEY)
  return value?.type === 'list' ? value.value.flatMap(readInput) : []
}

function readInput(value: MetadataValue): Input[] {
  const record = value.type === 'string' ? parsed(value.value) : undefined
  const { url, commit } = record ?? {}
  if (typeof url !== 'string' || typeof commit !== 'string' || !HEX.commit.test(commit)) return []
  const more = OPTIONAL.flatMap((field) => {
    const text = record![field]
    const isSound = typeof text === 'string' && (!(field in HEX) || HEX[field as 'store' | 'id'].test(text))
    return isSound ? [[field, text] as const] : []
  })
  return [{ url, commit, ...Object.fromEntries(more) }]
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
