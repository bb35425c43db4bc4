// Structs, arrays, maps, explode and a lambda.
import type { Int } from "millrace";
import { explode, size, transform, upper } from "millrace/functions";
import { Order, is, mill } from "./common.ts";

const frame = mill.read.schema(Order).json("o")
  .select(r => ({
    id: r.id, city: r.address.city, lat: r.address.geo.lat, as: r.address.getField("as"), tag: r.tags.at(0), w: r.attrs.at("weight"),
    item: explode(r.items), up: transform(r.tags, x => upper(x)),
  }))
  .where(r => r.item.n.gt(1))
  .select(r => ({ id: r.id, city: r.city, lat: r.lat, as: r.as, tag: r.tag, w: r.w, sku: r.item.sku, n: r.item.n, up: r.up, k: size(r.up) }));
is<{ id: bigint; city: string | null; lat: number | null; as: string | null; tag: string | null; w: number | null; sku: string; n: Int; up: string[] | null; k: Int | null }>()(frame, true);
