/** JSON over several lines, as Jackson's default printer puts it: members of objects on lines of their own, arrays on one. */

const line = (depth: number): string => `\n${"  ".repeat(depth)}`;

/** `text` is JSON without space between its tokens. */
export function prettyJson(text: string): string {
  const open: boolean[] = [];
  let pretty = "", depth = 0;
  for (let at = 0; at < text.length;) {
    const c = text[at]!;
    if (c === "\"") {
      let end = at + 1;
      while (text[end] !== "\"") end += text[end] === "\\" ? 2 : 1;
      pretty += text.slice(at, end + 1);
      at = end + 1;
      continue;
    }
    const isEmpty = (c === "{" || c === "[") && (text[at + 1] === "}" || text[at + 1] === "]");
    if (isEmpty) {
      pretty += c === "{" ? "{ }" : "[ ]";
      at += 2;
      continue;
    }
    if (c === "{") { open.push(true); pretty += `{${line(++depth)}`; }
    else if (c === "[") { open.push(false); pretty += "[ "; }
    else if (c === "}") { open.pop(); pretty += `${line(--depth)}}`; }
    else if (c === "]") { open.pop(); pretty += " ]"; }
    else if (c === ",") pretty += open.at(-1) === true ? `,${line(depth)}` : ", ";
    else pretty += c === ":" ? " : " : c;
    at++;
  }
  return pretty;
}
