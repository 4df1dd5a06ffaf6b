// images: pictures and arrays by their pixels: what their headers say, and in what two of them differ. Knows bytes; nothing
// of trees, stores or working directories. Format: spec/31-images.md
export { comparePictures, type PictureComparison, type PlaneChange } from './compare.js'
export type { ChannelCounts, PixelCounts } from './compare-samples.js'
export { isImageName } from './format.js'
export { openPicture } from './open-picture.js'
export type { Picture } from './picture.js'
export { shapeOf } from './shape-of.js'
export type { ImageFormat, ImageShape, ReadAt } from './types.js'
