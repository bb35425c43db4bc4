/** `${key}` in a statement's text: the setting of this name, or nothing (Spark's variable substitution). */
import { isOn } from "../../../analyze/context.ts";
import type { SqlSettings } from "../../../plan/function.ts";

const REFERENCE = /\$\{(?:(\w+?):)?([^\s}]+?)\}/g;
/** Prefixes that mean settings, as the name alone does. */
const SETTINGS: ReadonlySet<string> = new Set(["spark", "sparkconf", "hivevar", "hiveconf"]);

export function substituted(sql: string, settings: SqlSettings): string {
  if (!sql.includes("${") || !isOn(settings, "spark.sql.variable.substitute", true)) return sql;
  return sql.replace(REFERENCE, (whole, prefix: string | undefined, key: string) => {
    if (prefix === undefined || SETTINGS.has(prefix)) return settings.conf.get(key) ?? "";
    return prefix === "env" ? process.env[key] ?? whole : whole;
  });
}
