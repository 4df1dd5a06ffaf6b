// Names and values as they are typed on a command line.
import { DvError } from '../base/index.js'
import type { Metadata, MetadataValue } from '../objects/index.js'
import { askedType, typeOfText, VALUE_TYPES, valueOfText, type ValueType } from './text-value.js'

export interface TypedTexts {
  set: Readonly<Record<string, string>>
  /** Types that are not to be inferred. */
  types: Readonly<Record<string, ValueType>>
}

/** What the texts mean. Throws DV_BAD_VALUE for what is not of the type that was asked for. */
export function typedValues({ set, types }: TypedTexts): Metadata {
  return new Map(
    Object.entries(set).map(([name, text]) => [name, valueOf(name, text, askedType(types, name))] as const),
  )
}

function valueOf(name: string, text: string, wanted: ValueType | undefined): MetadataValue {
  const value = valueOfText(text, wanted ?? typeOfText(text))
  if (value) return value
  throw new DvError('DV_BAD_VALUE', `'${name}' cannot be '${text}': that is no ${wanted!}`, {
    data: { key: name, value: text, type: wanted },
    hint: `the types are ${VALUE_TYPES.join(', ')}; 'dv help meta set' shows what they look like`,
  })
}
