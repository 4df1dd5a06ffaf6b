// Failures of a remote that may be gone when the request is made again. The adapter, which alone knows what its server
// means, says so by throwing them through here; `retrying.ts` repeats these and no others.
import { DvError, isDvError } from '../base/index.js'

/** DV_NETWORK: not reached, or the connection broke or ended early. DV_TIMEOUT: no byte moved. DV_UNAVAILABLE: the
 * server said so (429, 5xx). DV_BAD_ANSWER: what arrived makes no sense, perhaps damaged on its way. */
export type TransientCode = 'DV_NETWORK' | 'DV_TIMEOUT' | 'DV_UNAVAILABLE' | 'DV_BAD_ANSWER'

export interface TransientDetails {
  /** Milliseconds the server asked to wait (Retry-After). */
  retryAfter?: number
  /** The server was never reached, so that it has certainly not done what was asked. */
  notSent?: boolean
  /** The server asks for fewer requests (429, 503 SlowDown). */
  slowDown?: boolean
  hint?: string
  data?: Record<string, unknown>
  cause?: unknown
}

/** A failure that is worth another try. Whether the server did the work is unknown, unless `notSent`. */
export function transient(
  code: TransientCode,
  message: string,
  { retryAfter, notSent, slowDown, data, ...rest }: TransientDetails = {},
): DvError {
  const facts = {
    ...data,
    retryable: true,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(notSent && { notSent }),
    ...(slowDown && { slowDown }),
  }
  return new DvError(code, message, { ...rest, data: facts })
}

/** Whether the adapter said that another try may succeed. */
export function isTransient(error: unknown): error is DvError {
  return isDvError(error) && error.data['retryable'] === true
}
