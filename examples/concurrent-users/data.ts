/** Players of an evening: each comes, stays some minutes, and sends a sign of life about every twenty seconds. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-05T19:00:00Z");

export function pings(players: number, seed = 5): { at: string; user: string; region: string }[] {
  const chance = chanceFrom(seed), sent = [];
  for (let player = 0; player < players; player++) {
    const region = chance.oneOf(["eu", "us"]), leaves = BEGINS + 1_800_000;
    let at = BEGINS + chance.below(1_200_000);
    for (const until = Math.min(leaves, at + 120_000 + chance.below(600_000)); at < until; at += 15_000 + chance.below(10_000)) sent.push({ at: iso(at), user: `player-${player}`, region });
  }
  return byArrival(sent, () => chance.below(10_000));
}
