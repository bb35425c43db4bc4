// Columns of a schema of another library.
import { fromStandard, timestamp, type StandardSchema } from "millrace";
import { is, mill } from "./common.ts";

interface Click { user: string; n?: number | undefined; tags: string[] | null; kind: "a" | "b"; at: string; place: { city: string; zip?: string } }
declare const standard: StandardSchema<Click, Click>;
const Click = fromStandard(standard, { at: timestamp().notNull() });
const clicks = mill.read.schema(Click).json("x");
export const picked = clicks.where(r => r.user.startsWith("a")).select(r => ({ user: r.user, n: r.n, at: r.at, first: r.tags.at(0), city: r.place.city, zip: r.place.zip }));
is<{ user: string; n: number | null; at: import("millrace").Timestamp; first: string | null; city: string; zip: string | null }>()(picked, true);
