/**
 * Collations by Spark's names. Texts are equal in a collation when their keys are. UTF8_LCASE compares lower case by bytes, so its
 * keys have its order; UNICODE and those of languages have the order of the ICU (UTS #10, CLDR), which compares text by text.
 */

/** The name as Spark writes it; undefined for no collation. */
export function collationName(given: string): string | undefined {
  const name = given.toUpperCase().replace(/^SYSTEM\.BUILTIN\./, "");
  if (/^UTF8_(?:BINARY|LCASE)(?:_RTRIM)?$/.test(name)) return name;
  const parts = /^(UNICODE|[A-Z]{2,3}(?:_[A-Z]{4})?(?:_[A-Z]{3})?)((?:_(?:CI|CS|AI|AS|RTRIM))*)$/.exec(name);
  if (parts === null) return undefined;
  const locale = parts[1] === "UNICODE" ? parts[1] : localeName(parts[1]!), words = parts[2]!.split("_").filter(word => word !== "");
  if (locale === undefined || new Set(words).size !== words.length || words.includes("CI") && words.includes("CS") || words.includes("AI") && words.includes("AS")) return undefined;
  return [locale, ...["CI", "AI", "RTRIM"].filter(word => words.includes(word))].join("_");
}

/** `sr_Cyrl_SRB`; undefined for a language that the ICU doesn't know. */
function localeName(upper: string): string | undefined {
  const [language, ...rest] = upper.split("_");
  try {
    if (Intl.Collator.supportedLocalesOf(language!.toLowerCase()).length === 0) return undefined;
  } catch {
    return undefined;
  }
  return [language!.toLowerCase(), ...rest.map(part => part.length === 4 ? part[0]! + part.slice(1).toLowerCase() : part)].join("_");
}

/** The collation that minds spaces at the end: searches do. */
export const withoutTrim = (name: string): string => name.replace(/_RTRIM$/, "");

/** Whether byte order of the keys is the collation's order. */
export const hasOrder = (name: string): boolean => name.startsWith("UTF8_");

/** What follows the locale. */
const wordsOf = (name: string): readonly string[] => name.split("_").filter(word => word === "CI" || word === "AI" || word === "RTRIM");
const cut = (text: string): string => text.replace(/ +$/, "");

const collators = new Map<string, Intl.Collator>();

function collatorOf(name: string): Intl.Collator {
  let collator = collators.get(name);
  if (collator === undefined) {
    const words = wordsOf(name), [language, script] = name.split("_"), sensitivity = words.includes("CI") ? words.includes("AI") ? "base" : "accent" : words.includes("AI") ? "case" : "variant";
    // The root's order is that of English. Of countries one has an order of its own: accents in Canada's French count from the end.
    const locale = language === "UNICODE" ? "en" : name.startsWith("fr_CAN") ? "fr-CA" : script?.length === 4 ? `${language!}-${script}` : language!;
    collators.set(name, collator = new Intl.Collator(locale, { sensitivity, ignorePunctuation: false }));
  }
  return collator;
}

const orders = new Map<string, (a: string, b: string) => number>();

/** Less than 0, 0 or greater, as one text stands to another in a collation whose keys have no order. */
export function collationOrder(name: string): (a: string, b: string) => number {
  let order = orders.get(name);
  if (order === undefined) {
    const { compare } = collatorOf(name);
    orders.set(name, order = wordsOf(name).includes("RTRIM") ? (a, b) => compare(cut(a), cut(b)) : compare);
  }
  return order;
}

const keys = new Map<string, (text: string) => string>();

/** A text's key: of as many code units as the text itself, but for a few letters. */
export function collationKey(name: string): (text: string) => string {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, key = hasOrder(name) ? byteKey(name) : unicodeKey(name));
  return key;
}

function byteKey(name: string): (text: string) => string {
  const isLower = name.includes("LCASE"), cuts = name.endsWith("RTRIM");
  return text => {
    const key = cuts ? cut(text) : text;
    return isLower ? key.toLowerCase().replaceAll("ς", "σ") : key;
  };
}

/** Letters that are others to the first level of the ICU without being composed of them. */
const SPELLED: Readonly<Record<string, string>> = { ß: "ss", ẞ: "ss", æ: "ae", Æ: "ae", œ: "oe", Œ: "oe", ø: "o", Ø: "o", đ: "d", Đ: "d", ł: "l", Ł: "l", ħ: "h", Ħ: "h", ς: "σ", ŧ: "t", Ŧ: "t" };

/** Letter by letter, each as the plainest that the collation takes for equal: without accents, small, in its usual form. */
function unicodeKey(name: string): (text: string) => string {
  const cuts = wordsOf(name).includes("RTRIM"), collator = collatorOf(name), { compare } = collator, { locale } = collator.resolvedOptions(), known = new Map<string, string>();
  const plainest = (letter: string): string => {
    let found = known.get(letter);
    if (found !== undefined) return found;
    found = letter.normalize("NFC");
    const steps = [(x: string): string => x.normalize("NFKC"), (x: string): string => x.normalize("NFD").replace(/\p{M}+/gu, "").normalize("NFC"), (x: string): string => x.toLocaleLowerCase(locale), (x: string): string => SPELLED[x] ?? x];
    for (const step of steps) {
      const next = step(found);
      if (next !== "" && next !== found && compare(found, next) === 0) found = next;
    }
    if (known.size > 10_000) known.clear();
    known.set(letter, found);
    return found;
  };
  return text => {
    const whole = cuts ? cut(text) : text;
    return whole.replace(/\P{M}\p{M}*/gu, plainest);
  };
}
