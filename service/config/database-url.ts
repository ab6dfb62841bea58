/** How the connection is protected: not at all, encrypted only, or encrypted with the server's name checked. */
export type SslMode = 'disable' | 'require' | 'verify-full';

/** What a database URL says. User and password are absent where the URL has none. */
export type DatabaseAddress = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslMode: SslMode;
};

const SSL_MODES: readonly string[] = ['disable', 'require', 'verify-full'] satisfies SslMode[];

/** Reads a URL `postgresql://[user[:password]@]host[:port]/database[?sslmode=…]`, or says what was expected instead. */
export function parseDatabaseUrl(text: string): { address: DatabaseAddress } | { expected: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url && decode(url.pathname.slice(1));
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname || !database) {
    return { expected: 'a URL such as postgresql://host:5432/database' };
  }
  const sslMode = url.searchParams.get('sslmode') ?? 'disable';
  if (!SSL_MODES.includes(sslMode)) return { expected: 'sslmode to be disable, require or verify-full' };
  const other = [...url.searchParams.keys()].find((name) => name !== 'sslmode');
  if (other !== undefined) return { expected: `no parameter but sslmode in the URL (it has ${other})` };
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === undefined || password === undefined) return { expected: 'a percent-encoded user and password' };
  const address = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    database,
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    sslMode: sslMode as SslMode,
  };
  return { address };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // a stray % sign: the caller says what was expected
  }
}
