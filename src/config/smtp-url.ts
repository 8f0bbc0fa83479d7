/** What a mail server's URL says. */
export interface SmtpUrl {
  readonly host: string;
  /** Absent: the usual one, 465 with TLS from the start, else 587. */
  readonly port?: number;
  /** Encrypted from the first byte; by STARTTLS or not at all; by STARTTLS where it is offered. */
  readonly tls: 'from_start' | 'required' | 'if_offered';
  /** Absent: nobody logs in. */
  readonly login?: { readonly user: string; readonly password: string };
}

/**
 * Reads `smtps://user:password@host:465`, `smtp://host:587?requireTLS=true` or `smtp://host:25`.
 * Undefined for anything else, also for parameters that it does not know: none is ignored.
 */
export function readSmtpUrl(text: string): SmtpUrl | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return undefined;
  const tls = tlsOf(url);
  const login = loginOf(url);
  if (tls === undefined || login === undefined) return undefined;
  if (!['', '/'].includes(url.pathname) || url.hash !== '' || url.port === '0') return undefined;
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    tls,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(login === 'none' ? {} : { login }),
  };
}

function tlsOf({ protocol, search }: URL): SmtpUrl['tls'] | undefined {
  const required = search === '?requireTLS=true';
  if (search !== '' && !required) return undefined;
  if (protocol === 'smtps:') return 'from_start';
  if (protocol === 'smtp:') return required ? 'required' : 'if_offered';
  return undefined;
}

function loginOf({ username, password }: URL): SmtpUrl['login'] | 'none' | undefined {
  if (username === '' && password === '') return 'none';
  if (username === '' || password === '') return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}
