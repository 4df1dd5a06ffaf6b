import { comparePaths } from '../base/index.js'

/** What two ordered lists have at one path; one of them may lack it. */
export interface Joined<A, B> {
  path: string
  left: A | undefined
  right: B | undefined
}

/** Walks two lists in manifest order side by side, holding one entry of each. */
export function* mergeJoin<A extends { path: string }, B extends { path: string }>(
  lefts: Iterable<A>,
  rights: Iterable<B>,
): Generator<Joined<A, B>> {
  const leftWalk = lefts[Symbol.iterator]()
  const rightWalk = rights[Symbol.iterator]()
  try {
    let left = take(leftWalk)
    let right = take(rightWalk)
    while (left !== undefined || right !== undefined) {
      const order = compareHeads(left, right)
      yield {
        path: order <= 0 ? left!.path : right!.path,
        left: order <= 0 ? left : undefined,
        right: order >= 0 ? right : undefined,
      }
      if (order <= 0) left = take(leftWalk)
      if (order >= 0) right = take(rightWalk)
    }
  } finally {
    leftWalk.return?.()
    rightWalk.return?.()
  }
}

function compareHeads(left: { path: string } | undefined, right: { path: string } | undefined): number {
  if (left === undefined) return 1
  if (right === undefined) return -1
  return left.path === right.path ? 0 : comparePaths(left.path, right.path)
}

function take<T>(walk: Iterator<T>): T | undefined {
  const { done, value } = walk.next()
  return done ? undefined : value
}
