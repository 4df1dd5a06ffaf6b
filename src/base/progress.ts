/** One report from long work. `done` and `total` count `unit`; `total` is absent while it is unknown. */
export interface ProgressEvent {
  phase: string
  done: number
  total?: number
  unit: 'files' | 'bytes' | 'objects' | 'attempts' | 'rules'
  /** How many packs of a transfer were dealt with. */
  packs?: { done: number; total: number }
}

export type OnProgress = (event: ProgressEvent) => void

export const noProgress: OnProgress = () => {}

/** Milliseconds since 1970 UTC. The clock is an argument so that tests can fix it. */
export type Clock = () => number
