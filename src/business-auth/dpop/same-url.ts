const UNRESERVED = /[\w.~-]/;

/**
 * A URL in the form in which two that mean the same are equal (RFC 9449 §4.3 step 9): without query
 * and fragment, normalised as RFC 3986 §6.2.2 and §6.2.3 say (case of scheme and host, default
 * port, dot segments, percent-encodings). Undefined where it is no plain http or https URL.
 */
export function comparableUrl(text: string): string | undefined {
  // A parser that is kind to browsers would read these as something else.
  if (!/^https?:\/\/[^\s\\]+$/i.test(text)) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.origin + url.pathname.replaceAll(/%([0-9a-f]{2})/gi, normalEncoding);
}

function normalEncoding(encoded: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return UNRESERVED.test(character) ? character : encoded.toUpperCase();
}
