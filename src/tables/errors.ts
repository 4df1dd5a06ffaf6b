// What is wrong with a table: the one set of failures that all readers of tables throw.
import { DvError } from '../base/index.js'

/** Counted from 1, a column in characters. */
export interface Place {
  line: number
  column?: number
}

export function badTable(path: string, what: string, place?: Place): DvError {
  const message = place ? `${placeOf(path, place)}: ${what}` : `'${path}' cannot be read as a table: ${what}`
  return new DvError('DV_BAD_TABLE', message, { data: { path, ...place } })
}

export function raggedRow(
  path: string,
  { found, wanted, ...place }: Place & { found: number; wanted: number },
): DvError {
  const has = found === 1 ? '1 cell' : `${found} cells`
  return new DvError(
    'DV_BAD_TABLE',
    `${placeOf(path, place)}: the row has ${has}, where the head has ${wanted}`,
    {
      data: { path, ...place, found, wanted },
      hint: 'a cell that holds the separator stands in double quotes',
    },
  )
}

/** `encoding`: what it seems to be, as iconv calls it. */
export function badEncoding(path: string, encoding: string, place?: Place): DvError {
  const wanted = place ? `${placeOf(path, place)} is` : `'${path}' is`
  return new DvError('DV_BAD_ENCODING', `${wanted} not UTF-8: it seems to be ${encoding}`, {
    data: { path, encoding, ...place },
    hint: `say so in .dvattributes: '*.csv encoding=${encoding.toLowerCase()}', or convert it: iconv -f ${encoding} -t UTF-8`,
  })
}

export function notAsSaid(path: string, encoding: string): DvError {
  return new DvError('DV_BAD_ENCODING', `'${path}' is not ${encoding}, as .dvattributes says it is`, {
    data: { path, encoding },
    hint: 'the last line of .dvattributes that speaks of it decides, and files nearer to it before those above',
  })
}

function placeOf(path: string, { line, column }: Place): string {
  return `Line ${line}${column === undefined ? '' : `, column ${column}`} of '${path}'`
}
