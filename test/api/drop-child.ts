// A process that drops all it may, to be killed while it is at it.
import { createApi } from '../../src/api/index.js'

const [cwd = ''] = process.argv.slice(2)
const repository = await createApi({ cwd, env: { HOME: cwd }, clock: Date.now, zone: 0 }).open()
process.send?.('ready')
await repository.drop({ paths: [], all: true, files: false, dryRun: false })
await repository.close()
process.disconnect?.()
