/** Options of sources and sinks: text by name, named without regard to case. */
import { AnalysisError } from "../../base/errors.ts";

export function option(options: Readonly<Record<string, string>>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(options)) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

/** A whole number from 1 on, or undefined when the option isn't given. */
export function positiveOption(options: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = option(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${text}' for option '${name}', must be a positive integer.`,
    messageParameters: { option: name, value: text },
  });
}
