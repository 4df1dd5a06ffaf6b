// Trees that reach out of the working directory, or into what is dv's or git's on some system: refused on all of them.
import type { ForgedEntry } from './forged.js'

export const FILE = 'forged'
const link = (target: string) => ({ link: target })

/** One path that no tree may hold. */
const PATHS: Record<string, string> = {
  'a path that begins with ..': '../x',
  'a path that is ..': '..',
  'a path with .. within': 'a/../../x',
  'a path with .. at its end': 'a/..',
  'a path with . within': 'a/./x',
  'an absolute path': '/tmp/dv-forged-x',
  'an empty component': 'a//x',
  'a path that ends in a slash': 'a/',
  'a NUL within': 'a\0x/y',
  'a component of 256 bytes': `a/${'x'.repeat(256)}`,
  'a file of dv': '.dv/config',
  'the folder of dv as a file': '.dv',
  'a file of dv in capitals': '.DV/x',
  'a file of dv in mixed case': '.Dv/head',
  'a file of dv within a folder': 'sub/.dv/head',
  'a hook of git': '.git/hooks/post-checkout',
  'a hook of git in capitals': '.GIT/hooks/x',
  'a hook of git with a dotless i': '.G\u0131T/hooks/x',
  'the folder of git as a file': '.git',
  'a name that NTFS shortens to .git': 'git~1',
  'a name that NTFS shortens to .git, in capitals, within': 'a/GIT~1/config',
  'a name that NTFS shortens to .git when others are taken': 'gi7eba~1/x',
  'a name that NTFS shortens to .dv': 'dv~1/config',
  'a second name that NTFS shortens to .dv': 'DV~2',
  'a name that NTFS takes for .git': '.git.',
  'a name with dots that NTFS drops': '.git...  ./x',
  'a name with a space that NTFS drops': '.dv /x',
  'an alternate stream of .git': '.git::$INDEX_ALLOCATION/x',
  'an alternate stream of .dv': '.dv:x',
  'the stream of a folder of dv': '.DV::$INDEX_ALLOCATION',
  'a name that HFS+ takes for .git': '.g\u200cit/x',
  'a name that HFS+ takes for .dv': '\ufeff.d\u202av',
  'a name of marks that HFS+ takes for ..': '.\u200d./x',
  'a name that HFS+ and NTFS take for .git': '.gi\u200et. /x',
  'dots and a space that NTFS drops': '.. /x',
  'dots with a stream': '..:x/y',
}

const SEVERAL: Record<string, readonly ForgedEntry[]> = {
  'a link to a folder and a file below it': [
    ['a', link('..')],
    ['a/forged', FILE],
  ],
  'a link out of the tree and a file below it': [
    ['a', link('/tmp')],
    ['a/dv-forged', FILE],
  ],
  'a link to a file of dv': [['.dv/head', link('../../beside')]],
  'a file and a file below it': [
    ['a', FILE],
    ['a/b', FILE],
  ],
  'a link and a link below it': [
    ['a', link('../..')],
    ['a/b', link('c')],
  ],
  'the same path twice': [
    ['a', FILE],
    ['a', link('..')],
  ],
  'paths out of order': [
    ['b', FILE],
    ['a', FILE],
  ],
  'a link to nowhere': [['a', link('')]],
  'a link with a NUL': [['a', link('x\0y')]],
}

/** What is in the tree beside a harmless file, which must not be written either. */
export const TREES: Readonly<Record<string, readonly ForgedEntry[]>> = {
  ...Object.fromEntries(Object.entries(PATHS).map(([title, path]) => [title, [[path, FILE]] as const])),
  ...SEVERAL,
}
