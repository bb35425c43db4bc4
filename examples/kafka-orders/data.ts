/** Orders of four shops, ten a second, some of them a few seconds late. */
import { seededRandom } from "../../src/base/clock.ts";

export interface OrderText { readonly id: string; readonly shop: string; readonly cents: number; readonly at: string }
const SHOPS = ["Aachen", "Bergen", "Cork", "Dijon"], BEGIN = Date.parse("2026-03-04T12:00:00Z");

/** In the order in which they arrive, in parts; the last two orders are a minute behind all others. */
export function* orders(count: number, partSize: number): Generator<readonly OrderText[]> {
  const random = seededRandom(5), below = (end: number): number => random.uint32() % end;
  for (let from = 0; from < count; from += partSize) {
    yield Array.from({ length: Math.min(partSize, count - from) }, (_, i) => {
      const number = from + i, isLast = number >= count - 2, millis = BEGIN + 100 * number + (isLast ? 60_000 : -below(4000));
      return { id: `o${number}`, shop: isLast ? SHOPS[0]! : SHOPS[below(SHOPS.length)]!, cents: 100 + below(20_000), at: new Date(millis).toISOString() };
    });
  }
}
