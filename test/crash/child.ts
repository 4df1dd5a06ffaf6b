// dv itself, as a process of its own, for tests that kill it.
import { main } from '../../src/cli/main.js'

process.exitCode = await main()
