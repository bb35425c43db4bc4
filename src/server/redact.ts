/** Secrets do not leave the process: options by their name, passwords in URLs, SASL settings. */

const secretName = /pass(word|wd|phrase)?$|pwd|secret|token|credential|api[._-]?key|access[._-]?key|private[._-]?key|account[._-]?key|signature|authorization|cookie|sasl|^tls$|jaas|keystore|truststore/i;
export const redacted = "***";

/** Options with the values of secrets replaced. */
export function redactOptions(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, secretName.test(name) ? redacted : redactText(value)]));
}

/** A text without passwords: in URLs (`scheme://user:password@host`, `?token=...`), `password=...` pairs and JAAS lines. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)([^\s/@:]*):([^\s/]*)@/gi, `$1$2:${redacted}@`)
    .replace(/\b((?:[a-z0-9_.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|signature))\s*["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&;,"')]+)/gi, `$1${redacted}`)
    .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/g, redacted)
    .replace(/\b((?:Bearer|Basic)\s+)[A-Za-z0-9+/=._~-]{8,}/g, `$1${redacted}`);
}

/** All strings of a JSON value, redacted; where a key names a secret, its whole value. */
export function redactJson<T>(value: T): T {
  return walk(value) as T;
}

function walk(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(walk);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typeof inner === "string" && secretName.test(key) ? redacted : walk(inner)]));
  }
  return value;
}
