import { baseName, parentPath, utf8 } from '../base/index.js'

export interface SideNameOptions {
  side: 'ours' | 'theirs'
  /** A branch name or short id. */
  label: string
  /** Whether a path is in use already. */
  taken?: (path: string) => boolean
}

/** What file systems allow for one name. Bytes of UTF-8. */
const NAME_BYTES_MAX = 255
const LABEL_MAX = 40

/** The path beside `path` under which one side of a conflict is kept: `data/a.OURS-main.csv`. */
export function sideName(path: string, { side, label, taken = () => false }: SideNameOptions): string {
  const name = baseName(path)
  const dot = name.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const mark = `.${side.toUpperCase()}-${safeLabel(label)}`
  for (let n = 1; ; n++) {
    const candidate = join(parentPath(path), fitted(stem, `${mark}${n === 1 ? '' : `-${n}`}`, extension))
    if (!taken(candidate)) return candidate
  }
}

/** Letters, digits, '.', '_' and '-'; nothing that a file system or a shell takes for something else. */
function safeLabel(label: string): string {
  const safe = label.normalize('NFC').replace(/[^\p{L}\p{N}._-]+/gu, '-')
  const trimmed = Array.from(safe)
    .slice(0, LABEL_MAX)
    .join('')
    .replace(/^[.-]+|[.-]+$/gu, '')
  return trimmed === '' ? 'side' : trimmed
}

/** Shortens the stem, then the extension, until the whole fits into one name. */
function fitted(stem: string, mark: string, extension: string): string {
  const stems = Array.from(stem)
  const extensions = Array.from(extension)
  while (utf8([...stems, mark, ...extensions].join('')).length > NAME_BYTES_MAX) {
    if (stems.length > 1) stems.pop()
    else extensions.pop()
  }
  return [...stems, mark, ...extensions].join('')
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}
