// One store's place in a bucket, and requests there. The client is made when the first is sent.
import type { S3Client } from '@aws-sdk/client-s3'
import { DvError } from '../../base/index.js'
import type { StoreLocation } from '../location.js'
import { checkName } from '../names.js'
import { type Client, type ClientOptions, createClient } from './client.js'
import { codeOf, fromS3Error, statusOf } from './errors.js'
import type { S3Settings } from './settings.js'

export type BucketLocation = Extract<StoreLocation, { kind: 's3' }>

/** What a request was for, as in "may not read". */
export type Action = 'read' | 'write' | 'list' | 'delete'

/** The place of an object, as the SDK's commands take it. */
export interface Place {
  Bucket: string
  Key: string
}

/** What a service calls an object that is not there, a range beyond its end, and a condition that does not hold. The same
 * statuses tell that there is no such bucket, or no such user. */
const ABOUT_THE_OBJECT = new Set(['', 'NoSuchKey', 'NotFound', 'InvalidRange', 'PreconditionFailed'])

export class Bucket {
  /** `s3://bucket/prefix` */
  readonly location: string
  readonly name: string
  /** What every key of the store begins with: '' or 'prefix/'. */
  readonly prefix: string
  readonly settings: S3Settings
  /** A delete showed it. */
  keepsDeleted = false
  readonly #options: ClientOptions
  #client: Promise<Client> | undefined

  constructor({ bucket, prefix }: BucketLocation, options: Omit<ClientOptions, 'location'>) {
    this.name = bucket
    this.prefix = prefix === '' ? '' : `${prefix}/`
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`
    this.settings = options.settings
    this.#options = { ...options, location: this.location }
  }

  /** Throws DV_BAD_NAME. */
  place(name: string): Place {
    return { Bucket: this.name, Key: this.prefix + checkName(name) }
  }

  /** What an object is stored as: packs are most of a store, all else is small and read often. */
  classOf(name: string): S3Settings['storageClass'] {
    return name.startsWith('packs/') ? this.settings.storageClass : {}
  }

  /** What `request` gives. Its failures become DvErrors. */
  async ask<T>(action: Action, request: (s3: S3Client) => Promise<T>): Promise<T> {
    const { s3, anonymous } = await (this.#client ??= createClient(this.#options))
    try {
      return await request(s3)
    } catch (error) {
      throw this.failure(error, action, anonymous)
    }
  }

  /** The same, and `otherwise` where the service answers with one of `statuses`: an answer too. */
  async askUnless<T, U>(
    action: Action,
    { statuses, otherwise }: { statuses: readonly number[]; otherwise: U },
    request: (s3: S3Client) => Promise<T>,
  ): Promise<T | U> {
    return await this.ask(action, async (s3) => {
      try {
        return await request(s3)
      } catch (error) {
        const isAnswer = statuses.includes(statusOf(error) ?? 0) && ABOUT_THE_OBJECT.has(codeOf(error))
        if (isAnswer) return otherwise
        throw error
      }
    })
  }

  /** What went wrong on the way, as a DvError. */
  failure(error: unknown, action: Action, anonymous = false): unknown {
    const { name: bucket, location, settings } = this
    const { remote } = this.#options
    return fromS3Error(error, { bucket, location, endpoint: settings.endpoint, remote, action, anonymous })
  }

  requireWritable(): void {
    if (!this.#options.readOnly) return
    const { location } = this
    throw new DvError('DV_READ_ONLY', `The store '${location}' was opened for reading only`, {
      data: { location },
    })
  }

  close(): void {
    void this.#client?.then(({ s3 }) => s3.destroy()).catch(() => {})
  }
}
