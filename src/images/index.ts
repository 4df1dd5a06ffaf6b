// images: pictures and arrays by their pixels: what their headers say, and in what two of them differ. Knows bytes; nothing
// of trees, stores or working directories. Format: spec/31-images.md
export { isImageName } from './format.js'
export { shapeOf } from './shape-of.js'
export type { ImageFormat, ImageShape, ReadAt } from './types.js'
