// Which files should be images, by their names.
import { baseName } from '../base/index.js'

const ENDINGS = new Set(['png', 'jpg', 'jpeg', 'jpe', 'jfif', 'tif', 'tiff', 'btf', 'tf8', 'npy'])

/** Whether a file of this name should be an image that `shapeOf` knows. */
export function isImageName(path: string): boolean {
  return ENDINGS.has(/\.([^.]+)$/.exec(baseName(path).toLowerCase())?.[1] ?? '')
}
