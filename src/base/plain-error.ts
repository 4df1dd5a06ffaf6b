import { DvError, type DvErrorCode } from './errors.js'

/** A DvError as it crosses threads. */
export interface PlainError {
  code: DvErrorCode
  message: string
  hint?: string
  data: Record<string, unknown>
}

export function toPlainError(error: DvError): PlainError {
  return {
    code: error.code,
    message: error.message,
    data: error.data,
    ...(error.hint && { hint: error.hint }),
  }
}

export function fromPlainError({ code, message, hint, data }: PlainError): DvError {
  return new DvError(code, message, { data, ...(hint !== undefined && { hint }) })
}
