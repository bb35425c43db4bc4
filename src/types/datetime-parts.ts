/** The parts of a pattern of java.time, as Spark restricts them. */
import { AnalysisError } from "../base/errors.ts";
import type { DateNames } from "./date-names.ts";

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string; readonly count: number; readonly names: DateNames; readonly isExact?: boolean }
  | { readonly kind: "optional"; readonly parts: readonly Part[] };
/** `isExact`: a fraction that has its number of digits, being none of the first between quotes. */
export type FieldPart = Extract<Part, { readonly kind: "field" }>;

/** Days from 1858-11-17, from which letter g counts, to 1970-01-01. */
export const MODIFIED_JULIAN_EPOCH = 40_587;

const KNOWN = "GyuMLdDQqEahHkKmsSFVvzOXxZg", WEEK_BASED = "YWwuec", MOST: Readonly<Record<string, number>> = { G: 4, y: 6, M: 4, L: 4, d: 2, D: 3, Q: 4, q: 4, E: 4, a: 1, h: 2, H: 2, k: 2, K: 2, m: 2, s: 2, S: 9, F: 1, V: 2, z: 4, O: 4, X: 5, x: 5, Z: 5, v: 4, g: 19 };

export function parsePattern(pattern: string, use: "format" | "parse", names: DateNames): readonly Part[] {
  const stack: Part[][] = [[]];
  const add = (part: Part): void => { stack[stack.length - 1]!.push(part); };
  let hasFraction = false;
  for (let at = 0; at < pattern.length;) {
    const c = pattern[at]!;
    if (/[A-Za-z]/.test(c)) {
      let end = at + 1;
      while (pattern[end] === c) end++;
      checkField(pattern, c, end - at);
      add({ kind: "field", letter: c, count: end - at, names, ...(c === "S" && hasFraction && { isExact: true }) });
      hasFraction ||= c === "S";
      at = end;
    } else if (c === "'") {
      let text = "", end = at + 1;
      hasFraction = false;
      for (;; end++) {
        if (end >= pattern.length) throw badPattern("WITH_SUGGESTION", pattern);
        if (pattern[end] !== "'") { text += pattern[end]; continue; }
        if (pattern[end + 1] !== "'") break;
        text += "'";
        end++;
      }
      add({ kind: "text", text: end === at + 1 ? "'" : text });
      at = end + 1;
    } else if (c === "[") {
      stack.push([]);
      at++;
    } else if (c === "]") {
      if (stack.length === 1) throw badPattern("WITH_SUGGESTION", pattern);
      const parts = stack.pop()!;
      add({ kind: "optional", parts });
      at++;
    } else {
      if (c === "{" || c === "}" || c === "#") throw badPattern("ILLEGAL_CHARACTER", pattern, c);
      add({ kind: "text", text: c });
      at++;
    }
  }
  while (stack.length > 1) { const parts = stack.pop()!; add({ kind: "optional", parts }); }
  return stack[0]!;
}

function checkField(pattern: string, letter: string, count: number): void {
  if ((letter === "q" || letter === "Q") && count > 4) throw badPattern("LENGTH", pattern);
  if (!KNOWN.includes(letter) || count > MOST[letter]! || (letter === "V" && count !== 2) || ((letter === "O" || letter === "v") && count !== 1 && count !== 4)) throw badPattern("WITH_SUGGESTION", pattern);
}

/** Letters that Spark refuses before it looks at the pattern as a whole. */
export function checkLetters(pattern: string, use: "format" | "parse"): void {
  for (const letter of pattern.split("'").filter((_, i) => i % 2 === 0).join("")) {
    if (WEEK_BASED.includes(letter)) throw crossVersion("DATETIME_WEEK_BASED_PATTERN", pattern);
    if ("ABnNp".includes(letter) || (use === "parse" && "EFqQ".includes(letter))) throw badPattern("ILLEGAL_CHARACTER", pattern, letter);
  }
}

export const crossVersion = (sub: string, pattern: string): AnalysisError => new AnalysisError({
  condition: `INCONSISTENT_BEHAVIOR_CROSS_VERSION.${sub}`, sqlState: "42K0B", message: `The pattern '${pattern}' means something else than before Spark 3.0, or nothing.`,
  messageParameters: { pattern: `'${pattern}'`, config: "\"spark.sql.legacy.timeParserPolicy\"", docroot: "https://spark.apache.org/docs/latest" },
});

export function badPattern(sub: string, pattern: string, c?: string): AnalysisError {
  return new AnalysisError({
    condition: `INVALID_DATETIME_PATTERN.${sub}`, sqlState: "22007", message: `${sub === "LENGTH" ? "Too many letters in datetime pattern" : "Unrecognized datetime pattern"}: '${pattern}'.${c === undefined ? "" : ` Illegal pattern character found in datetime pattern: ${c}.`}`,
    messageParameters: sub === "LENGTH" ? { pattern } : c === undefined ? { pattern: `'${pattern}'`, docroot: "https://spark.apache.org/docs/latest" } : { pattern, c },
  });
}

/** A text that only patterns from before Spark 3 read. */
export const readOtherwise = (text: string): AnalysisError => new AnalysisError({
  condition: "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER", sqlState: "42K0B", message: `The text '${text}' was read by the patterns from before Spark 3.0, and isn't by those of today.`,
  messageParameters: { datetime: `'${text}'`, config: "\"spark.sql.legacy.timeParserPolicy\"" }, hint: "set spark.sql.legacy.timeParserPolicy to LEGACY or CORRECTED",
});
