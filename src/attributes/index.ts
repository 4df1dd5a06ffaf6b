// attributes: what users say of files by pattern: what reads them, which columns tell rows apart. Knows patterns and texts, nothing
// of trees or tables. Format: spec/28-attributes.md
export {
  type AttributeRule,
  type Attributes,
  type Driver,
  DRIVERS,
  type Encoding,
  ENCODINGS,
} from './attributes.js'
export { ATTRIBUTES_BYTES_MAX, ATTRIBUTES_FILE, parseAttributes } from './parse.js'
export { attributesOf } from './resolve.js'
export { compilePattern } from './pattern.js'
