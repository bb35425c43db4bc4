/** withWatermark: the event time column checked, the delay read; its column carries the delay from here on. */
import { AnalysisError, MillraceError } from "../base/errors.ts";
import type { WithWatermark } from "../plan/relations.ts";
import type { Attribute, ResolvedRelation } from "../plan/resolved.ts";
import type { WatermarkOptions } from "../plan/watermark-options.ts";
import { typeToSql } from "../types/data-type.ts";
import { parseDuration } from "../types/duration.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, passThrough, projectTo } from "./build.ts";
import { fail, quoteIdentifiers, quoteType } from "./errors.ts";
import type { Analysed } from "./scope.ts";
import { selectItems } from "./select.ts";

const MONTH_MICROS = 31n * 86_400_000_000n;

/** The delay in microseconds; a month counts 31 days. */
export function delayMicros(text: string, origin: WithWatermark["origin"]): number {
  let parts;
  try {
    parts = parseDuration(text);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw fail("CANNOT_PARSE_INTERVAL", "22006", `Unable to parse '${text}'. Please ensure that the value provided is in a valid format for defining an interval.`, { intervalString: `'${text}'` }, origin, 'write an amount and a unit, as in "10 seconds"');
  }
  const micros = BigInt(parts.months) * MONTH_MICROS + parts.micros;
  if (micros < 0n) throw new AnalysisError({ condition: "MILLRACE_NEGATIVE_WATERMARK_DELAY", sqlState: "22023", message: `The delay threshold (${text}) should not be negative.`, messageParameters: { delayThreshold: text } });
  return Number(micros);
}

/** The options in microseconds. */
function optionsOf({ settings = {}, origin }: WithWatermark): WatermarkOptions {
  const { perPartition, idleTimeout, maxFutureSkew } = settings;
  const micros = (name: string, text: string, least: number): number => {
    const value = delayMicros(text, origin);
    if (value < least) throw new AnalysisError({ condition: "MILLRACE_WATERMARK_OPTION", sqlState: "22023", message: `The option ${name} of a watermark can't be ${text}.`, messageParameters: { option: name, value: text }, hint: "give a time greater than zero" });
    return value;
  };
  return Object.freeze({
    ...(perPartition === true && { perPartition }), ...(idleTimeout !== undefined && { idleMicros: micros("idleTimeout", idleTimeout, 1) }),
    ...(maxFutureSkew !== undefined && { futureSkewMicros: micros("maxFutureSkew", maxFutureSkew, 0) }),
  });
}

export function watermark(analyzer: Analyzer, relation: WithWatermark, env: Env): Analysed {
  const { origin } = relation, delay = delayMicros(relation.delayThreshold, origin);
  let input = analyzer.relation(relation.input, env);
  const { items } = selectItems(analyzer, input, [relation.eventTime], env);
  const item = items[0]!;
  let attribute: Attribute;
  if (item.expression.kind === "attribute" && item.source.kind !== "alias") attribute = item.expression;
  else {
    // WATERMARK expr AS name: a column more, computed first.
    attribute = item.attribute;
    const plan = projectTo(input.plan, [...input.plan.output.map(passThrough), { expression: item.expression, attribute }], origin);
    input = { ...input, plan, visible: [...input.visible, attribute] };
  }
  if (attribute.type.kind !== "timestamp") {
    throw fail("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", "42K09", `The event time ${quoteIdentifiers([attribute.name])} has the invalid type ${quoteType(attribute.type)}, but expected "TIMESTAMP".`,
      { eventName: quoteIdentifiers([attribute.name]), eventType: quoteType(attribute.type) }, origin, attribute.type.kind === "string" ? "cast the column first: to_timestamp(...)" : `cast the ${typeToSql(attribute.type)} column to TIMESTAMP first`);
  }
  const plan = input.plan;
  const marked = (a: Attribute): Attribute => a.id === attribute.id ? { ...changeAttribute(a, {}), watermarkDelayMicros: delay } : a;
  const output = plan.output.map(marked);
  const result: ResolvedRelation = Object.freeze({ kind: "event_time_watermark", input: plan, eventTime: attribute, delayMicros: delay, options: optionsOf(relation), output, isStreaming: plan.isStreaming, origin });
  return { plan: result, visible: input.visible.map(marked), hidden: input.hidden.map(marked), frames: input.frames };
}

