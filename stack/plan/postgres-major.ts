/**
 * The major version of PostgreSQL that the tag of an image names, such as 18 of `postgres:18.1-alpine`; undefined where it names none, as a
 * digest or `latest`.
 */
export function majorOfImage(image: string): number | undefined {
  const [name = ''] = image.split('@');
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  const major = /^(?:pg|v)?(\d{1,2})(?:[.\-_]|$)/i.exec(tag ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}
