// query: the tables that SQL is asked of: files of a commit with their metadata, commits, refs, differences, table
// files of the tree. Knows manifests, history and the sql room; must not know working directories, remotes or how
// a file's bytes are fetched, which it is given. The table of a manifest is derived, and kept in a folder by the
// manifest's id. Format: spec/22-query.md
export { type Answer, ask, askForParquet, type Question } from './ask.js'
export { DerivedFolder } from './derived-folder.js'
export type { RefRow } from './history-tables.js'
export { keepRecord } from './kept-record.js'
export { keepTable, openTablesSql, type TableFile, type TableFolders } from './table-file.js'
export {
  exportFiles,
  type ExportedFiles,
  type ExportedPart,
  type FilesExport,
  PART_NAME,
  PARTITION,
} from './export-files.js'
export { csvOf, objectsOf, type Rows } from './format.js'
