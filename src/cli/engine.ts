import { DvError } from '../base/index.js'
import type { CreateApi } from './api-types.js'

/** Loads what does the work. The api room does not exist yet: this is the one place that will import it. */
export async function loadEngine(): Promise<CreateApi> {
  throw new DvError(
    'DV_UNSUPPORTED',
    'This build of dv holds the command line only: its engine is not wired in yet',
  )
}
