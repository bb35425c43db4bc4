/** XML text to values and back, and XPath over it. Their code is loaded when one of them is called. */
import type { ScalarFunction } from "../../plan/function.ts";
import { lazily, type Bind } from "../lazy.ts";

const xml = async (): Promise<typeof import("./xml.ts")> => await import("./xml.ts");
const xpath = (name: string, aliases: readonly string[], description: string, cases: ScalarFunction["cases"], kind: string): ScalarFunction => lazily({
  name, ...(aliases.length > 0 && { aliases }), usage: `${name}(xml, xpath)`, description, cases,
}, async (): Promise<Bind> => (await import("./xpath.ts")).bindXpath(name, kind as "list"));

export const xmlFunctions: readonly ScalarFunction[] = [
  lazily({
    name: "from_xml", usage: "from_xml(xmlStr, schema[, options])", description: "An XML element as a struct: children and attributes become fields; what is bad is null.",
    cases: [["from_xml('<p id=\"7\"><a>1</a><a>2</a></p>', '_id INT, a ARRAY<INT>')", "{7, [1, 2]}"], ["from_xml('<p><a>1</p>', 'a INT')", "{null}"]],
  }, async () => (await xml()).bindFromXml),
  lazily({
    name: "to_xml", usage: "to_xml(expr[, options])", description: "A struct as XML text.",
    cases: [["to_xml(named_struct('a', 1, 'b', 'x<y'))", "<ROW>\n    <a>1</a>\n    <b>x&lt;y</b>\n</ROW>"]],
  }, async () => (await xml()).bindToXml),
  lazily({
    name: "schema_of_xml", usage: "schema_of_xml(xml[, options])", description: "The schema of an XML text.",
    cases: [["schema_of_xml('<p><a>1</a><b><c>x</c></b></p>')", "STRUCT<a: BIGINT, b: STRUCT<c: STRING>>"]],
  }, async () => (await xml()).bindSchemaOfXml),
  xpath("xpath", [], "The texts of the nodes that an XPath finds.", [["xpath('<a><b>1</b><b>2</b></a>', 'a/b/text()')", "[1, 2]"], ["xpath('<a><b>1</b></a>', 'a/b')", "[null]"]], "list"),
  xpath("xpath_string", [], "The text of the first node that an XPath finds.", [["xpath_string('<a><b>b</b><c>cc</c></a>', 'a/c')", "cc"]], "string"),
  xpath("xpath_boolean", [], "Whether an XPath is true, or finds a node.", [["xpath_boolean('<a><b>1</b></a>', 'a/b')", "true"]], "boolean"),
  xpath("xpath_short", [], "A number that an XPath gives, or 0.", [["xpath_short('<a><b>1</b><b>2</b></a>', 'sum(a/b)')", "3"]], "short"),
  xpath("xpath_int", [], "A number that an XPath gives, or 0.", [["xpath_int('<a><b>1</b><b>2</b></a>', 'sum(a/b)')", "3"], ["xpath_int('<a>x</a>', 'a')", "0"]], "int"),
  xpath("xpath_long", [], "A number that an XPath gives, or 0.", [["xpath_long('<a><b>1</b><b>2</b></a>', 'sum(a/b)')", "3"]], "long"),
  xpath("xpath_float", [], "A number that an XPath gives, or NaN.", [["xpath_float('<a><b>1.5</b></a>', 'a/b')", "1.5"]], "float"),
  xpath("xpath_double", ["xpath_number"], "A number that an XPath gives, or NaN.", [["xpath_double('<a><b>1</b><b>2</b></a>', 'sum(a/b)')", "3.0"], ["xpath_number('<a>x</a>', 'a')", "NaN"]], "double"),
];
