/**
 * Collations by Spark's names, and the key of a text under one: texts are equal in a collation when their keys are. UTF8_LCASE
 * compares lower case by bytes; those of UNICODE have keys for equality alone, as their order is the ICU's.
 */

/** The name as Spark writes it; undefined for no collation, null for one of a language, which is not built. */
export function collationName(given: string): string | undefined | null {
  const name = given.toUpperCase().replace(/^SYSTEM\.BUILTIN\./, "");
  if (/^UTF8_(?:BINARY|LCASE)(?:_RTRIM)?$/.test(name)) return name;
  const parts = /^UNICODE((?:_(?:CI|CS|AI|AS|RTRIM))*)$/.exec(name);
  if (parts === null) return /^[A-Z]{2,3}(?:_[A-Z]{4})?(?:_[A-Z]{3})?(?:_(?:CI|CS|AI|AS|RTRIM))*$/.test(name) && isLanguage(name.slice(0, name.includes("_") ? name.indexOf("_") : undefined)) ? null : undefined;
  const words = parts[1]!.split("_").filter(word => word !== "");
  if (new Set(words).size !== words.length || words.includes("CI") && words.includes("CS") || words.includes("AI") && words.includes("AS")) return undefined;
  return ["UNICODE", ...["CI", "AI", "RTRIM"].filter(word => words.includes(word))].join("_");
}

function isLanguage(code: string): boolean {
  try {
    return Intl.Collator.supportedLocalesOf(code.toLowerCase()).length > 0;
  } catch {
    return false;
  }
}

/** Whether byte order of the keys is the collation's order. */
export const hasOrder = (name: string): boolean => name.startsWith("UTF8_");

const keys = new Map<string, (text: string) => string>();

/** A text's key: of as many code units as the text itself, but for a few letters. */
export function collationKey(name: string): (text: string) => string {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, key = makeKey(name));
  return key;
}

function makeKey(name: string): (text: string) => string {
  const words = name.split("_"), isLower = words.includes("LCASE") || words.includes("CI"), isUnicode = words[0] === "UNICODE", isPlain = words.includes("AI"), cuts = words.includes("RTRIM");
  return text => {
    let key = cuts ? text.replace(/ +$/, "") : text;
    if (isUnicode) key = isPlain ? key.normalize("NFD").replace(/\p{M}+/gu, "") : key.normalize("NFC");
    return isLower ? key.toLowerCase().replaceAll("ς", "σ") : key;
  };
}
