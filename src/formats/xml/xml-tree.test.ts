/** Catches XML that is taken although it is not well-formed, and text that costs more than its length. */
import assert from "node:assert/strict";
import test from "node:test";
import { innerXml, parseXml, XmlSyntaxError, type XmlNode } from "./xml-tree.ts";

const shape = (node: XmlNode): unknown => node.kind === "element" ? [node.name, Object.fromEntries(node.attributes.map(a => [a.name, a.value])), ...node.children.map(shape)] : node.kind === "text" ? node.text : [`#${node.kind}`, node.text];

test("elements, attributes, references, CDATA, comments and line ends are read", () => {
  const { root, children } = parseXml('<?xml version="1.0"?>\n<!-- c --><a x="1&amp;2\n" y=\'"\'>t\r\n<b/>&lt;&#65;&#x42;<![CDATA[<c>&]]><?go on?></a> <!-- end -->');
  assert.deepEqual(shape(root), ["a", { x: "1&2 ", y: '"' }, "t\n", ["b", {}], "<AB<c>&", ["#instruction", "on"]]);
  assert.equal(children.length, 3);
  assert.equal(innerXml(parseXml('<p><a k="&lt;">1 &amp; 2</a>x</p>').root), '<a k="&lt;">1 &amp; 2</a>x');
});

test("what is not well-formed is refused", () => {
  const wrong = [
    "", "x", "<a>", "<a></b>", "<a/><b/>", "<a x=1/>", '<a x="1" x="2"/>', '<a x="<"/>', "<a>&nope;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>]]></a>", "<a><!-- -- --></a>",
    "<a><![CDATA[</a>", "<a/>text", "< a/>", "<a x='1'y='2'/>", "<1a/>", "<a>&lt</a>", "<a\u0000/>", "<a>\u0001</a>", "<!DOCTYPE a [", "<?xml?>", "<a><?xml?></a>",
  ];
  for (const text of wrong) assert.throws(() => parseXml(text), XmlSyntaxError, text);
});

test("entities are text within bounds; none is read from outside", () => {
  assert.deepEqual(shape(parseXml('<!DOCTYPE a [<!ENTITY x "y&#33;"><!ENTITY z "&x;&x;">]><a>&z;</a>').root), ["a", {}, "y!y!"]);
  const bomb = `<!DOCTYPE a [<!ENTITY e0 "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};&e${i};&e${i};">`).join("")}]><a>&e19;</a>`;
  assert.throws(() => parseXml(bomb), XmlSyntaxError);
  assert.throws(() => parseXml('<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><a>&x;</a>'), XmlSyntaxError);
  assert.throws(() => parseXml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'), XmlSyntaxError);
});

test("depth is bounded, and costs no stack", () => {
  const nested = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth);
  assert.equal(parseXml(nested(1000)).root.name, "a");
  assert.throws(() => parseXml(nested(100_000)), XmlSyntaxError);
});
