export { DvError, isDvError, type DvErrorCode } from './base/index.js'
