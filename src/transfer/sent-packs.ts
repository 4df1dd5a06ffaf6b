// What an interrupted transfer may have left in the target. A folder can be asked for free; elsewhere each question is a
// request, so that only those packs are asked for which were about to be sent when it ended.

export interface SentPacks {
  /** Whether it is worth asking the target for a pack. */
  mayHave(key: string): boolean
  /** The pack is about to be sent. */
  note(key: string): void
}

export const ASK_FOR_ALL: SentPacks = { mayHave: () => true, note() {} }
