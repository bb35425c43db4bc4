/** Time windows as arithmetic: where a window begins. */

/** Start of the latest window that begins every `slide` microseconds, counted from the epoch plus `shift`, at or before `time`. */
export function windowStart(time: bigint, slide: bigint, shift: bigint): bigint {
  const distance = time - shift, rest = distance % slide;
  return time - (rest < 0n ? rest + slide : rest);
}
