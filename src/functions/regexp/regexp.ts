/** Regular expressions and LIKE. */
import type { ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BOOLEAN, INT, STRING, array } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { scalar } from "../define.ts";
import { executionError, invalidParameter, valueOutOfRange } from "../errors.ts";
import { constantNumber } from "../math/rounding.ts";
import { groupCount, javaRegExp } from "./java-regexp.ts";
import { like } from "./like.ts";
import { split } from "./split.ts";
import { textLength } from "../string/text.ts";

function checkGroup(name: string, expression: RegExp, group: number): void {
  const groups = groupCount(expression);
  if (group < 0 || group > groups) {
    throw invalidParameter("REGEX_GROUP_INDEX", name, "idx", `Expects group index between 0 and ${groups}, but got ${group}.`, { groupCount: String(groups), groupIndex: String(group) });
  }
}

/** Java's replacement text: `$1`, `${name}`, `\c`. */
function replacement(text: string, match: RegExpExecArray, source: string, pattern: string): string {
  return text.replace(/\\([^])|\$(?:\{([A-Za-z][A-Za-z0-9]*)\}|(\d))(\d*)|\$/g, (whole: string, escaped: string | undefined, name: string | undefined, digit: string | undefined, more: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (name !== undefined) {
      if (match.groups === undefined || !(name in match.groups)) throw badReplacement(source, pattern, text);
      return (match.groups[name] ?? "") + (more ?? "");
    }
    if (digit === undefined) throw badReplacement(source, pattern, text);
    let index = Number(digit), used = 0;
    if (index >= match.length) throw badReplacement(source, pattern, text);
    // Further digits count as long as there is such a group.
    while (used < more!.length && index * 10 + Number(more![used]) < match.length) index = index * 10 + Number(more![used++]);
    void whole;
    return (match[index] ?? "") + more!.slice(used);
  });
}
const badReplacement = (source: string, pattern: string, text: string): Error => executionError("INVALID_REGEXP_REPLACE", "22023",
  `Could not perform regexp_replace for source = "${source}", pattern = "${pattern}", replacement = "${text}" and position = 1.`, { source, pattern, replacement: text, position: "1" });

function replaceAll(source: string, pattern: string, text: string, from: number): string {
  const expression = javaRegExp(pattern, "regexp_replace");
  const start = Array.from(source).slice(0, from - 1).join("").length;
  if (from > 1 && from - 1 >= textLength(source)) return source;
  const plain = !/[\\$]/.test(text);
  let result = source.slice(0, start), at = start;
  expression.lastIndex = start;
  for (let match = expression.exec(source); match !== null; match = expression.exec(source)) {
    result += source.slice(at, match.index) + (plain ? text : replacement(text, match, source, pattern));
    at = match.index + match[0].length;
    if (match[0] === "") expression.lastIndex += (source.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1;
  }
  return result + source.slice(at);
}

const test = (text: Cell, pattern: Cell): boolean => javaRegExp(pattern as string, "rlike").test(text as string);

export const regexpFunctions: readonly ScalarFunction[] = [
  like("like", false, [["'Spark' LIKE '_park'", "true"], ["'a%c' LIKE 'a\\\\%c'", "true"]]),
  like("ilike", true, [["'Spark' ILIKE '_PARK'", "true"]]),
  scalar({ name: "rlike", aliases: ["regexp_like", "regexp"], usage: "str RLIKE regexp", description: "Whether a regular expression matches somewhere in the text.", cases: [["'abc' RLIKE '^a.c$'", "true"], ["'a' RLIKE '('", "INVALID_PARAMETER_VALUE.PATTERN"]], params: [AS.string, AS.string], returns: BOOLEAN, canRaise: true, row: ([s, p]) => test(s!, p!) }),
  scalar({
    name: "regexp_extract", usage: "regexp_extract(str, regexp[, idx])", description: "A group of the first match; empty if there is none.", cases: [["regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 1)", "100"]], params: [AS.string, AS.string, AS.int], optional: 1, returns: STRING, canRaise: true,
    row: ([s, p, i]) => { const e = javaRegExp(p as string, "regexp_extract"), g = (i as number | undefined) ?? 1, found = e.exec(s as string); if (found === null) return ""; checkGroup("regexp_extract", e, g); return found[g] ?? ""; },
  }),
  scalar({
    name: "regexp_extract_all", usage: "regexp_extract_all(str, regexp[, idx])", description: "A group of all matches.", cases: [["regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1)", "[100, 300]"]], params: [AS.string, AS.string, AS.int], optional: 1, returns: array(STRING, true), canRaise: true,
    row: ([s, p, i]) => { const e = javaRegExp(p as string, "regexp_extract_all"), g = (i as number | undefined) ?? 1; return Array.from((s as string).matchAll(e), m => { checkGroup("regexp_extract_all", e, g); return m[g] ?? ""; }); },
  }),
  scalar({
    name: "regexp_replace", usage: "regexp_replace(str, regexp, rep[, position])", description: "All matches replaced; $1 stands for a group.", cases: [["regexp_replace('100-200', '(\\\\d+)', 'num')", "num-num"], ["regexp_replace('abc', '(a)(b)', '$2$1')", "bac"]], params: [AS.string, AS.string, AS.string, AS.int], optional: 1, returns: STRING, canRaise: true,
    make: call => {
      const position = call.args.length < 4 ? 1 : constantNumber(call.args[3]!);
      if (typeof position === "number" && position <= 0) throw valueOutOfRange("regexp_replace", call.args, "position", "(0, 2147483647]", String(position), call.origin);
      return { row: ([s, p, r, from]) => replaceAll(s as string, p as string, r as string, (from as number | undefined) ?? 1) };
    },
  }),
  scalar({ name: "regexp_count", usage: "regexp_count(str, regexp)", description: "How often a regular expression matches.", cases: [["regexp_count('Steven Jones and Stephen Smith', 'Ste(v|ph)en')", "2"]], params: [AS.string, AS.string], returns: INT, canRaise: true, row: ([s, p]) => Array.from((s as string).matchAll(javaRegExp(p as string, "regexp_count"))).length }),
  scalar({ name: "regexp_substr", usage: "regexp_substr(str, regexp)", description: "The first match; null if there is none.", cases: [["regexp_substr('order 66', '\\\\d+')", "66"]], params: [AS.string, AS.string], returns: STRING, nullable: true, canRaise: true, row: ([s, p]) => { const found = javaRegExp(p as string, "regexp_substr").exec(s as string)?.[0]; return found === undefined || found === "" ? null : found; } }),
  scalar({ name: "regexp_instr", usage: "regexp_instr(str, regexp[, idx])", description: "Where the first match begins, from 1; 0 if there is none.", cases: [["regexp_instr('abc123', '\\\\d')", "4"]], params: [AS.string, AS.string, AS.int], optional: 1, returns: INT, canRaise: true, row: ([s, p]) => { const m = javaRegExp(p as string, "regexp_instr").exec(s as string); return m === null ? 0 : textLength((s as string).slice(0, m.index)) + 1; } }),
  split,
];
