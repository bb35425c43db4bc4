/** Secrets that options name: of the environment, or of a file. What is read stays out of errors. */
import { readFileSync } from "node:fs";
import { AnalysisError } from "../base/errors.ts";
import { fromEnvironment as variableOrText } from "../base/secrets.ts";

/** `$NAME` is the variable of that name; any other text is itself. @throws MILLRACE_INVALID_OPTION without such a variable */
export function fromEnvironment(text: string): string {
  const value = variableOrText(text);
  if (value === undefined) throw invalid(text, `The environment has no variable ${text.slice(1)}.`);
  return value;
}

/** The content of a file, without the end of its last line. @throws MILLRACE_INVALID_OPTION */
export function secretFile(path: string, option = "passwordFile"): string {
  try { return readFileSync(path, "utf8").replace(/\r?\n$/, ""); } catch (error) {
    throw invalid(option, `The file ${path} of the option ${option} can't be read: ${(error as { code?: string }).code ?? "unknown"}.`);
  }
}

const invalid = (option: string, message: string): AnalysisError => new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message, messageParameters: { option } });
