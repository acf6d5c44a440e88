import { isIP } from 'node:net';

type Setting = string | number | readonly string[] | undefined;

/** What a variable must look like: the parsed value, or undefined when the text does not fit. */
type Parse<T> = (text: string) => T | undefined;

/** Reads variables by type and collects what is wrong with them, so that one start shows every problem. */
export class EnvReader {
  readonly problems: string[] = [];
  private readonly names = new Set<string>();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    return this.read(name, fallback, `one of ${allowed.join(', ')}`, (text) => allowed.find((value) => value === text));
  }

  integer(name: string, range: { readonly min: number; readonly max: number }, fallback: number): number {
    const { min, max } = range;
    return this.read(name, fallback, `a whole number from ${min} to ${max}`, (text) => {
      const value = Number(text);
      return /^\d{1,15}$/.test(text) && value >= min && value <= max ? value : undefined;
    });
  }

  integerOneOf(name: string, allowed: readonly number[], fallback: number): number {
    return this.read(name, fallback, `one of ${allowed.join(', ')}`, (text) =>
      allowed.find((value) => String(value) === text),
    );
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  /** A host name or an IP address to listen on. */
  host(name: string, fallback: string): string {
    return this.read(name, fallback, 'an IP address or a host name', (text) =>
      isIP(text) !== 0 || /^[a-z\d]([a-z\d.-]{0,252}[a-z\d])?$/i.test(text) ? text : undefined,
    );
  }

  ip(name: string, fallback: string | undefined): string | undefined {
    return this.read(name, fallback, 'an IPv4 or IPv6 address', (text) => (isIP(text) === 0 ? undefined : text));
  }

  ips(name: string): readonly string[] {
    return this.list(name, [], 'IPv4 or IPv6 addresses', (text) => isIP(text) !== 0);
  }

  /** Addresses, or ranges in CIDR notation (RFC 4632). */
  ipRanges(name: string, fallback: readonly string[]): readonly string[] {
    return this.list(name, fallback, 'IP addresses or ranges such as 10.0.0.0/8', isIpRange);
  }

  /** Web origins (RFC 6454) as browsers send them, or `*` alone. */
  origins(name: string): readonly string[] {
    const expected = 'origins such as https://app.example.org, without a path, or * alone';
    const values = this.list(name, [], expected, (text) => text === '*' || /^[a-z][a-z\d+.-]*:\/\/[^/\s]+$/.test(text));
    if (values.length > 1 && values.includes('*')) this.refuse(name, this.env[name] ?? '', expected, []);
    return values;
  }

  /** `turn:` and `turns:` URIs (RFC 7065). */
  turnUrls(name: string): readonly string[] {
    const uri = /^turns?:([a-z\d.-]+|\[[a-f\d:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?$/i;
    return this.list(name, [], 'URIs such as turn:turn.example.org:3478?transport=udp', (text) => uri.test(text));
  }

  /** Free text of visible ASCII, such as a name or a URL. */
  text(name: string, fallback: string): string {
    return this.read(name, fallback, 'visible ASCII characters, at most 200', (text) =>
      /^[\x21-\x7e]{1,200}$/.test(text) ? text : undefined,
    );
  }

  /**
   * A comma-separated list that no problem may show.
   *
   * @param parse throws an Error that says what is wrong with an entry, without repeating it
   */
  secretList<T>(name: string, parse: (entry: string) => T): readonly T[] {
    const text = this.textOf(name);
    if (text === '') return [];
    return text.split(',').flatMap((entry, index) => {
      try {
        return [parse(entry.trim())];
      } catch (error) {
        this.problems.push(`${name} is not valid: entry ${index + 1} ${(error as Error).message}`);
        return [];
      }
    });
  }

  /** The variables that are set and that nobody has read. */
  get unread(): readonly string[] {
    return Object.keys(this.env).filter((name) => !this.names.has(name));
  }

  private textOf(name: string): string {
    this.names.add(name);
    return this.env[name]?.trim() ?? '';
  }

  private refuse(name: string, text: string, expected: string, fallback: Setting): void {
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
    const standard = String(fallback ?? '');
    this.problems.push(`${name}=${shown} is not valid: give ${expected} (default: ${standard || 'empty'})`);
  }

  private list(
    name: string,
    fallback: readonly string[],
    expected: string,
    isValid: (text: string) => boolean,
  ): readonly string[] {
    return this.read(name, fallback, `a comma-separated list of ${expected}`, (text) => {
      const values = text.split(',').map((value) => value.trim());
      return values.every(isValid) ? [...new Set(values)] : undefined;
    });
  }

  /** A variable that is absent or empty has its default. */
  private read<T extends Setting>(name: string, fallback: T, expected: string, parse: Parse<T>): T {
    const text = this.textOf(name);
    if (text === '') return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    this.refuse(name, text, expected, fallback);
    return fallback;
  }
}

function isIpRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
