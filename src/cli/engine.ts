import type { CreateApi } from './api-types.js'

/** Loads what does the work. */
export async function loadEngine(): Promise<CreateApi> {
  return (await import('../api/index.js')).createApi
}
