/** A day of sales; one in ten arrives up to half an hour after it happened. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const PRICES = { apples: "2.49", bread: "3.20", cheese: "7.95", coffee: "8.50", milk: "1.19" };
const OPENS = Date.parse("2026-03-02T08:00:00Z"), HOURS = 12;

export function sales(count: number, seed = 2): { at: string; product: string; quantity: number; price: string }[] {
  const chance = chanceFrom(seed), products = Object.keys(PRICES) as (keyof typeof PRICES)[];
  const sold = Array.from({ length: count }, () => {
    const product = chance.oneOf(products);
    return { at: iso(OPENS + chance.below(HOURS * 3_600_000)), product, quantity: 1 + chance.below(5), price: PRICES[product] };
  });
  return byArrival(sold, () => (chance.isHit(0.1) ? chance.below(1_800_000) : chance.below(1_000)));
}
