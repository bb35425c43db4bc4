/** Smaller statements: what can be left out of one so that it still shows the same difference. */
const TOKEN = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:BD|[YSLDF])?\b|<=>|<>|<=|>=|\|\||\|>|->|[A-Za-z_][A-Za-z_0-9]*|\s+|./gsu;
const CLAUSE = /^(?:WHERE|GROUP|HAVING|ORDER|LIMIT|OFFSET|QUALIFY|WINDOW|FROM|JOIN|LEFT|RIGHT|FULL|CROSS|INNER|NATURAL|LATERAL|UNION|INTERSECT|EXCEPT|MINUS|PIVOT|UNPIVOT|FILTER|OVER|\|>|PARTITION|ROWS|RANGE|ON|USING|WITH|DISTINCT|IGNORE|AS)$/i;

/** Candidates, those that leave out most first. */
export function smaller(sql: string): string[] {
  const tokens = sql.match(TOKEN) ?? [], depths: number[] = [], closing = new Map<number, number>(), open: number[] = [];
  tokens.forEach((token, i) => {
    if (token === ")" && open.length > 0) closing.set(open.pop()!, i);
    depths.push(open.length);
    if (token === "(") open.push(i);
  });
  const texts = new Set<string>(), keep = (...parts: readonly (readonly string[])[]): void => {
    const text = parts.flat().join("").replaceAll(/[ \t]+/g, " ").trim();
    if (text.length < sql.length && text !== "") texts.add(text);
  };
  const without = (from: number, to: number, put: readonly string[] = []): void => keep(tokens.slice(0, from), put, tokens.slice(to));
  /** The end of what begins at a place: where its bracket closes, or a token of its depth fits. */
  const until = (from: number, stop: (token: string) => boolean): number => {
    let i = from;
    while (i < tokens.length && depths[i]! >= depths[from]! && !(depths[i] === depths[from] && (stop(tokens[i]!) || tokens[i] === ")"))) i++;
    return i;
  };
  tokens.forEach((token, i) => {
    const close = closing.get(i);
    if (close !== undefined) {
      const inner = tokens.slice(i + 1, close), named = i > 0 && /^\w+$/.test(tokens[i - 1]!);
      if (/^\s*(SELECT|WITH|VALUES|FROM)\b/i.test(inner.join(""))) keep(inner);
      without(i, close + 1, named ? ["(1)"] : ["1"]);
      without(i, close + 1, inner);
      if (named) {
        without(i - 1, close + 1, ["1"]);
        for (let from = i + 1; from < close;) {
          const to = Math.min(close, until(from, t => t === ","));
          without(i - 1, close + 1, tokens.slice(from, to));
          from = to + 1;
        }
      }
    }
    if (CLAUSE.test(token)) without(i, until(i + 1, t => CLAUSE.test(t) || t === "," ));
    if (CLAUSE.test(token)) without(i, until(i + 1, t => CLAUSE.test(t)));
    if (CLAUSE.test(token)) without(i, until(i + 1, t => /^(WHERE|GROUP|HAVING|ORDER|LIMIT|UNION|INTERSECT|EXCEPT|\|>)$/i.test(t)));
    if (token === ",") without(i, until(i + 1, t => t === "," || CLAUSE.test(t) && !/^(AS|OVER|FILTER|DISTINCT)$/i.test(t)));
    if (/^(AND|OR|[-+*/%=<>]|<=|>=|<>|<=>|\|\|)$/i.test(token)) {
      without(i, until(i + 1, t => /^(AND|OR|,)$/i.test(t) || CLAUSE.test(t)));
      let from = i - 1;
      while (from > 0 && depths[from]! >= depths[i]! && !(depths[from] === depths[i] && (/^(AND|OR|,|ON|WHERE|SELECT|HAVING|NOT|BY)$/i.test(tokens[from]!) || tokens[from] === "("))) from--;
      without(from + 1, i + 1, [" "]);
    }
    if (/^(SELECT|BY|VALUES)$/i.test(token)) {
      const comma = until(i + 1, t => t === ",");
      if (tokens[comma] === ",") without(i + 1, comma + 1, [" "]);
    }
    if (/^CASE$/i.test(token)) without(i, until(i + 1, t => /^END$/i.test(t)) + 1, ["1"]);
    if (/^(NOT|DISTINCT|OUTER|ALL|DESC|ASC)$/i.test(token)) without(i, i + 1);
    if (/^NULLS$/i.test(token)) without(i, i + 3);
  });
  return [...texts].toSorted((a, b) => a.length - b.length);
}

/** The smallest statement found that is still `same`, which is asked about several at once. */
export async function shrink(sql: string, same: (candidates: readonly string[]) => Promise<readonly boolean[]>, most = 60): Promise<string> {
  let best = sql;
  for (let asked = 0; asked < most;) {
    const candidates = smaller(best);
    let found: string | undefined;
    for (let from = 0; from < candidates.length && asked < most && found === undefined; from += 16, asked++) {
      const part = candidates.slice(from, from + 16), answers = await same(part);
      found = part.find((_, i) => answers[i]);
    }
    if (found === undefined) break;
    best = found;
  }
  return best;
}
