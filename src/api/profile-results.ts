// What `dv profile` says.
import type { ColumnProfile } from '../profile/index.js'

export type { ColumnProfile } from '../profile/index.js'

/** Files of one ending, in lower case; '' where there is none. */
export interface FormatProfile {
  extension: string
  files: number
  bytes: number
}

/** Images that are alike. */
export interface ImageKind {
  format: string
  /** Extents, the slowest axis first. */
  shape: number[]
  axes?: string
  /** Of a value: 'uint8', 'float32'. */
  type: string
  planes: number
  files: number
}

/** Images by their headers. */
export interface ImagesProfile {
  files: number
  /** So many were looked at: of many a part that their content ids choose. */
  looked: number
  /** What cannot be read as an image, of these. */
  unreadable: number
  /** The most frequent first, at most 20. */
  kinds: ImageKind[]
}

/** A directory with all below it, as far as it is meant. */
export interface FolderProfile {
  path: string
  files: number
  bytes: number
  /** The most frequent first; beyond 20 the rest is one, `…`. */
  formats: FormatProfile[]
  /** Absent where no file is called like an image. */
  images?: ImagesProfile
}

export interface TableRead {
  path: string
  format: string
  bytes: number
  rows: number
  columns: ColumnProfile[]
}

export interface TableUnread {
  path: string
  format: string
  bytes: number
  /** Why it has no profile. */
  error: { code: string; message: string }
}

export interface ProfileSums {
  files: number
  bytes: number
  /** Tables with a profile, and those without one, which cannot be read. */
  tables: number
  unread: number
}

export type ProfileRecord =
  | {
      type: 'profile'
      /** Absent: the working directory, where it differs from the last commit. */
      commit?: string
    }
  | ({ type: 'folder' } & FolderProfile)
  | ({ type: 'table' } & (TableRead | TableUnread))
  | ({ type: 'summary' } & ProfileSums)

/** The rule file that `dv init --checks` wrote. */
export interface ChecksProposed {
  /** From the top of the tree. */
  file: string
  /** Tables and folders of images that have rules. */
  tables: number
  images: number
  /** Tables without rules: they cannot be read, are called like a pattern, or are more than 100. */
  passedOver: number
}
