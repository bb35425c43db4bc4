/** Parameters whose values are texts, where the grammar wants a text: beside another text, and in IDENTIFIER(...). */
import type { Token } from "./lexer.ts";

/** The tokens with `:name` as a text wherever it stands there. */
export function withTexts(tokens: readonly Token[], texts: (name: string) => string | undefined): readonly Token[] {
  const result: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!, name = tokens[i + 1];
    const text = isMarker(token, name) && (result.at(-1)?.kind === "string" || tokens[i + 2]?.kind === "string" || isMarker(tokens[i + 2], tokens[i + 3]) || opensIdentifier(result)) && !isPath(result.at(-1), token)
      ? texts(name!.kind === "quoted" ? name!.value : name!.text) : undefined;
    if (text === undefined) result.push(token);
    else {
      result.push({ ...token, kind: "string", text: `'${text.replaceAll("'", "''")}'`, value: text, stop: name!.stop });
      i++;
    }
  }
  return result;
}

const isMarker = (token: Token | undefined, name: Token | undefined): boolean => token?.kind === "operator" && token.text === ":" && (name?.kind === "word" || name?.kind === "quoted");

function opensIdentifier(before: readonly Token[]): boolean {
  const word = before.at(-2), open = before.at(-1);
  return open?.kind === "operator" && open.text === "(" && word?.kind === "word" && word.value === "IDENTIFIER";
}

/** `v:a` without a space is a path into a VARIANT. */
const isPath = (before: Token | undefined, colon: Token): boolean => before !== undefined && before.stop === colon.start && (before.kind === "word" || before.kind === "quoted" || before.text === ")" || before.text === "]");
