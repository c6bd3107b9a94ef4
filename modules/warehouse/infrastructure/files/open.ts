import { createReadStream, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AwsV4Signer } from 'aws4fetch';
import { AppError } from '../../../../src/kernel/errors.js';
import { errorCode } from '../../../../src/platform/error-code.js';
import { peek } from './bytes.js';
import { HTTP_LIMITS, httpBytes, type HttpLimits, shownUrl, type Sign } from './http.js';

export interface S3Access {
  /** Of a compatible store; absent: AWS. */
  endpoint?: string;
  region: string;
  /** Absent: the bucket is public. */
  keys?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** Where files may come from, and how. */
export interface FileAccess {
  /** Folder that declared paths start from. */
  dataDir: string;
  s3?: S3Access;
  http?: HttpLimits;
}

const isUrl = (location: string): boolean => /^(https?|s3):\/\//.test(location);

/** The files that locations name, `*` in a file name replaced by what is there, in the order of their names. */
export function filesOf(locations: readonly string[], { dataDir }: FileAccess): string[] {
  return locations.flatMap((location) => {
    if (isUrl(location) || !basename(location).includes('*')) return [location];
    const parts = basename(location)
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
    const found = namesIn(resolve(dataDir, dirname(location))).filter((name) => pattern.test(name));
    // None is a missing file, which says so when it is opened.
    return found.length > 0 ? found.sort().map((name) => join(dirname(location), name)) : [location];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A location as it may be shown: a URL without user, password and query. */
export const shownLocation = (location: string): string => (isUrl(location) ? shownUrl(location) : location);

/** The bytes of a file, unpacked where it is gzip, whatever its name. Fails with an AppError; `source_file_missing` when there is none. */
export async function* openFile(location: string, access: FileAccess): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(raw(location, access), 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* all;
  const gunzip = createGunzip();
  const unpacking = pipeline(Readable.from(all), gunzip).catch((error: unknown) => {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (errorCode(error)?.startsWith('Z_') !== true) throw error;
    throw new AppError({
      class: 'configuration',
      source: 'warehouse',
      code: 'source_file_malformed',
      message: `${shownLocation(location)} is no whole gzip file`,
      cause: error,
    });
  } finally {
    gunzip.destroy();
    await unpacking;
  }
}

function raw(location: string, access: FileAccess): AsyncIterable<Uint8Array> {
  const limits = access.http ?? HTTP_LIMITS;
  if (/^https?:/.test(location)) return httpBytes(location, limits);
  if (!location.startsWith('s3:')) return localBytes(location, access.dataDir);
  const s3 = access.s3 ?? { region: 'us-east-1' };
  return httpBytes(objectUrl(location, s3), limits, signer(s3));
}

async function* localBytes(path: string, dataDir: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(resolve(dataDir, path), { highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const missing = errorCode(error) === 'ENOENT';
    throw new AppError({
      class: 'configuration',
      source: 'warehouse',
      code: missing ? 'source_file_missing' : 'source_file_unreadable',
      message: missing
        ? `there is no file ${path} under DATA_DIR`
        : `${path} cannot be read (${errorCode(error) ?? 'no code'})`,
      cause: error,
    });
  } finally {
    stream.destroy();
  }
}

/** A bucket is part of the host at AWS, where its name allows it, and of the path elsewhere. */
export function objectUrl(location: string, { endpoint, region }: S3Access): string {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(location) ?? [];
  const path = key.split('/').map(encodeURIComponent).join('/');
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}/${path}`;
  if (bucket.includes('.')) return `https://s3.${region}.amazonaws.com/${bucket}/${path}`;
  return `https://${bucket}.s3.${region}.amazonaws.com/${path}`;
}

function signer({ region, keys }: S3Access): Sign {
  return async (url) => {
    if (!keys) return { url, headers: {} };
    const signed = await new AwsV4Signer({ url, method: 'GET', service: 's3', region, ...keys }).sign();
    return { url: signed.url.href, headers: Object.fromEntries(signed.headers) };
  };
}
