/** A day of clicks: each user comes one to three times, stays for some clicks, and pauses longer than half an hour between. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-06T08:00:00Z"), PAGES = ["/", "/search", "/shoes", "/hats", "/cart", "/order"];

export function clicks(users: number, seed = 6): { at: string; user: string; page: string }[] {
  const chance = chanceFrom(seed), made = [];
  for (let user = 0; user < users; user++) {
    let at = BEGINS + chance.below(6 * 3_600_000);
    for (let visit = 1 + chance.below(3); visit > 0; visit--, at += 2_000_000 + chance.below(7_200_000)) {
      for (let click = 1 + chance.below(8); click > 0; click--, at += 5_000 + chance.below(400_000)) made.push({ at: iso(at), user: `user-${user}`, page: chance.oneOf(PAGES) });
    }
  }
  return byArrival(made, () => (chance.isHit(0.1) ? chance.below(480_000) : chance.below(5_000)));
}
