// What may be said of a file.

export const DRIVERS = [
  ...['csv', 'tsv', 'json', 'jsonl', 'parquet', 'arrow'],
  ...['image', 'notebook', 'text', 'binary'],
] as const
export type Driver =
  'csv' | 'tsv' | 'json' | 'jsonl' | 'parquet' | 'arrow' | 'image' | 'notebook' | 'text' | 'binary'

/** As `TextDecoder` calls them: each gives back every text that it reads. */
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'iso-8859-2',
  'iso-8859-15',
  'koi8-r',
  'macintosh',
] as const
export type Encoding = (typeof ENCODINGS)[number]

export interface Attributes {
  /** What the file is, whatever its name says. */
  driver?: Driver
  /** Columns that tell rows apart. */
  key?: readonly string[]
  /** One character. */
  delimiter?: string
  encoding?: Encoding
  /** Whether the first record names the columns; default true. */
  header?: boolean
  /** 'text': SQL sees texts, as they are written. */
  types?: 'text'
}

export interface AttributeRule {
  /** Whether it speaks of a path, which is relative to the folder of the file it stands in. */
  matches: (path: string) => boolean
  attributes: Attributes
}
