/** Sentences and judgements that both views need. */
import type { JSX } from "preact";
import type { NowNumbers } from "../src/server/api-types.ts";
import type { ErrorFacts } from "../src/server/engine-view.ts";

/** Is the watermark clearly further behind than is normal? */
export function isLate(now: NowNumbers): boolean {
  const behind = now.watermarkBehindMicros, expected = now.watermarkExpectedMicros;
  return behind !== null && expected !== null && behind > expected * 1.5 && behind > expected + 2e6;
}

/** Where the row was, and what helps; names of code in code type. */
export function errorPlace(error: ErrorFacts): JSX.Element {
  return <>{error.place === undefined ? "" : <>Row <code>{error.place}</code>. </>}{error.hint === undefined ? "" : `${error.hint} `}</>;
}
