import { z } from 'zod';
import { setting } from './setting.js';

const bucketUrl = z
  .string()
  .regex(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()/-]*)?$/,
    'expected s3://BUCKET or s3://BUCKET/PREFIX',
  )
  .optional();

/** Object stores that speak S3: docs/operate/object-store.md. */
export const objectSettings = {
  modelsUrl: setting(
    'HEMOSERVE_MODELS_URL',
    bucketUrl,
    'Model registry in an object store ([Object store](../operate/object-store.md)), such as ' +
      '`s3://models/hemoserve`, in place of HEMOSERVE_MODELS_DIR; a copy of what is served is kept in ' +
      'HEMOSERVE_CACHE_DIR',
  ),
  cropImagesUrl: setting(
    'HEMOSERVE_CROP_IMAGES_URL',
    bucketUrl,
    "Where an object store keeps the images of slides' crops, such as `s3://slides/crops`, in place of " +
      'HEMOSERVE_CROP_IMAGES_DIR; replicas share it',
  ),
  s3Endpoint: setting(
    'HEMOSERVE_S3_ENDPOINT',
    z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
    "Object store that speaks S3, such as `http://minio:9000`; Amazon's unless set. Credentials come from the " +
      "environment's AWS variables",
  ),
  s3Region: setting(
    'HEMOSERVE_S3_REGION',
    z.string().min(1).optional(),
    'Region of the object store; as the AWS variables say, or `us-east-1` with HEMOSERVE_S3_ENDPOINT, unless set',
  ),
};

/** What is wrong with these settings together. */
export function objectProblems({
  cropImagesDir,
  cropImagesUrl,
}: {
  cropImagesDir?: string | undefined;
  cropImagesUrl?: string | undefined;
}): { path: string[]; message: string }[] {
  if (cropImagesDir === undefined || cropImagesUrl === undefined) return [];
  return [{ path: ['cropImagesUrl'], message: 'is in place of HEMOSERVE_CROP_IMAGES_DIR: set only one' }];
}
