/** Small parts that several views share. */
import type { ComponentChildren, JSX } from "preact";
import type { Level, VerdictKind } from "../src/server/verdict.ts";

/** Level has a shape as well as a colour: square, triangle, disc, ring. */
export function Mark({ kind, level }: { kind: VerdictKind; level: Level }): JSX.Element {
  return (
    <svg class={`mark ${level}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {level === "bad" ? <><rect x="2" y="2" width="12" height="12" rx="2" fill="currentColor" /><path d="M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4" class="cut" /></>
        : level === "warn" ? (kind === "noOutput"
          ? <><path d="M8 2.2 14.6 13.6H1.4Z" class="open" /><path d="M8 6.2v3.6M8 11v1.2" class="open" /></>
          : <><path d="M8 1.2 15.2 14H.8Z" fill="currentColor" /><path d="M8 5.8v4M8 11v1.4" class="cut" /></>)
          : level === "ok" ? <circle cx="8" cy="8" r="5" fill="currentColor" />
            : <><circle cx="8" cy="8" r="5.2" class="open" />{kind === "finished" ? <path d="M5.5 8.1l1.8 1.8 3.3-3.7" class="open" /> : null}</>}
    </svg>
  );
}

/** Number and unit of a text that has one no-break space. */
function parted(text: string, unit: string | undefined): readonly [digits: string, unit: string] {
  const at = unit === undefined && text.indexOf("\u00a0") === text.lastIndexOf("\u00a0") ? text.indexOf("\u00a0") : -1;
  return at < 0 ? [text, unit ?? ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** A value with its unit small behind it. */
export function Value({ text }: { text: string }): JSX.Element {
  const [digits, unit] = parted(text, undefined);
  return <span class="value"><span class="digits">{digits}</span>{unit === "" ? null : <small>{unit}</small>}</span>;
}

/** A key number. Drawn as one text, in which the unit follows the number without a place of its own in the layout. */
export function Big({ text, unit, title }: { text: string; unit?: string; title?: string }): JSX.Element {
  const [digits, small] = parted(text, unit);
  return <svg class="value" width="100%" height="30">{title === undefined ? null : <title>{title}</title>}<text class="digits" y="22">{digits}<tspan dx={small === "" ? 0 : 3}>{small}</tspan></text></svg>;
}

export function Card({ id, title, question, side, children, className }: {
  id: string; title: string; question: string; side?: ComponentChildren; children: ComponentChildren; className?: string;
}): JSX.Element {
  return (
    <section class={`card ${className ?? ""}`} id={id} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <header><h2 id={`${id}-title`}>{title}</h2><p>{question}</p>{side === undefined ? null : <div class="side">{side}</div>}</header>
      {children}
    </section>
  );
}

export function Choice<T extends string>({ options, value, onChoose, label }: {
  options: readonly (readonly [value: T, text: ComponentChildren])[]; value: T; onChoose: (value: T) => void; label: string;
}): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([each, text]) => <button key={each} type="button" aria-pressed={each === value} onClick={() => onChoose(each)}>{text}</button>)}
    </div>
  );
}

export function Key({ text }: { text: string }): JSX.Element {
  return <kbd>{text}</kbd>;
}

export function Nothing({ text }: { text: string }): JSX.Element {
  return <p class="nothing">{text}</p>;
}

/** The wheel over the water. */
export function Logo(): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" fill="none" aria-hidden="true">
      <g stroke="currentColor" stroke-width="1.6"><circle cx="12" cy="9.5" r="6.7" /><path d="M12 2.8v13.4M5.3 9.5h13.4M7.3 4.8l9.4 9.4M16.7 4.8l-9.4 9.4" /></g>
      <path class="water" d="M1 19.6c1.8-1.9 3.7-1.9 5.5 0s3.7 1.9 5.5 0 3.7-1.9 5.5 0 3.7 1.9 5.5 0" stroke-width="2.2" stroke-linecap="round" />
    </svg>
  );
}
