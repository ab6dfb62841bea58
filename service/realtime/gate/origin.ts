/** Any origin, in the list of those that are allowed. */
const ANY = '*';

/**
 * Whether a page may open a socket here. Browsers tell the origin of the page, and no page can change that; without this any page
 * that a user looks at could speak for the user wherever the network alone protects the service. Allowed: programs, which
 * tell no origin; pages of this service itself, by the Host that they were asked for under; those of the list.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: ReadonlySet<string>,
): boolean {
  if (origin === undefined || allowed.has(ANY) || allowed.has(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
