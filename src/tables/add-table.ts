// A table file as a table of a database that queries are asked of: its columns have the types of their values.
import fs from 'node:fs'
import { quoteName, quoteText, type Sql } from '../sql/index.js'
import { addArrow } from './arrow.js'
import { explain } from './explain.js'
import { csvForm, RECORD_BYTES_MAX, type TableFile } from './source.js'

/** Makes the file the table `name`. Throws DV_BAD_TABLE, DV_BAD_ENCODING. */
export async function addTable(db: Sql, name: string, table: TableFile): Promise<void> {
  if (table.format === 'arrow') return void (await addArrow(db, { ...table, name, columns: distinct }))
  try {
    await db.run(`CREATE VIEW ${quoteName(name)} AS SELECT * FROM ${await typed(table)}`)
  } catch (error) {
    throw await explain(error, [table])
  }
}

/** Of how many rows the types of columns are found, so that all others fit: of a small file all; a large one would be
 * read several times more. */
function sample(file: string): string {
  return `sample_size = ${fs.statSync(file).size <= SMALL_BYTES ? -1 : LARGE_ROWS}`
}

const SMALL_BYTES = 32 * 1024 * 1024
const LARGE_ROWS = 200_000

async function typed(table: TableFile): Promise<string> {
  switch (table.format) {
    case 'csv':
    case 'tsv': {
      const { names, form } = await csvForm(table)
      if (table.form?.types === 'text')
        return `read_csv(${form}, auto_detect = false, columns = {${distinct(names)
          .map((name) => `${quoteText(name)}: 'VARCHAR'`)
          .join(', ')}})`
      return `read_csv(${form}, names = [${distinct(names).map(quoteText).join(', ')}], ${sample(table.file)})`
    }
    case 'json':
    case 'jsonl':
      return `read_json(${quoteText(table.file)}, ${sample(table.file)}, maximum_object_size = ${RECORD_BYTES_MAX})`
    default:
      return `read_parquet(${quoteText(table.file)})`
  }
}

/** SQL does not tell names apart by case: all but the first that differ in case only have a number behind them. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`
    taken.add(free.toLowerCase())
    return free
  })
}
