import { DvError } from '../base/index.js'

/** `what` goes on a sentence that names the file: 'it ends within its header'. */
export function badImage(path: string, what: string): DvError {
  return new DvError('DV_BAD_IMAGE', `'${path}' cannot be read as an image: ${what}`, {
    data: { path },
    hint: 'open it with another program: if that reads it, this is a kind of image that dv does not know',
  })
}
