/** Votes of one evening: most come once, some are sent again, some voters change their minds too late. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const CANDIDATES = ["Ada", "Barbara", "Grace", "Katherine", "Margaret"];
const OPENS = Date.parse("2026-03-01T20:00:00Z");

export function votes(count: number, seed = 1): { voter: string; candidate: string; at: string }[] {
  const chance = chanceFrom(seed), cast = [];
  for (let i = 0; i < count; i++) {
    // The square favours the first names: there is a winner.
    const at = OPENS + chance.below(900_000), vote = { voter: `voter-${i}`, candidate: CANDIDATES[Math.floor(chance.next() ** 2 * CANDIDATES.length)]!, at: iso(at) };
    cast.push(vote);
    if (chance.isHit(0.2)) cast.push(vote);
    if (chance.isHit(0.05)) cast.push({ ...vote, candidate: chance.oneOf(CANDIDATES), at: iso(at + 1_000 + chance.below(60_000)) });
  }
  return byArrival(cast, () => 0);
}
