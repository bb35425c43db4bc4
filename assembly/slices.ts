// Which slice of time a row is in. What slices are: slice-layout.ts.

/** The number of the slice of each time. `cut`: where in a slide the second slice begins; 0: it has only one. */
export function assignSlices(data: usize, sel: usize, count: u32, slide: i64, origin: i64, cut: i64, out: usize): void {
  let from: i64 = 1, to: i64 = 0, n: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3;
    const t = load<i64>(data + r);
    if (t < from || t >= to) {
      const d = t - origin;
      let q = d / slide;
      if (q * slide > d) q--;
      from = origin + q * slide;
      to = from + slide;
      n = q;
      if (cut != 0) {
        n = q << 1;
        if (t - from >= cut) { from += cut; n++; }
        else to = from + cut;
      }
    }
    store<i64>(out + r, n);
  }
}
