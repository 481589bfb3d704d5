// Nodes from text. Nothing here, or anywhere in the page, reads text as HTML.

const $ = (id) => document.getElementById(id);

/** An element with attributes and children; texts become text nodes, missing children are left out. */
function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return put(node, ...children);
}

/** An element of SVG. */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, String(value));
  return put(node, ...children);
}

function put(node, ...children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

// Control characters, zero-width ones, those that turn the direction of writing, tags, and halves of pairs:
// whatever could hide or reorder what was written.
const HIDDEN = new RegExp(
  "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb]" +
    "|\\udb40[\\udc00-\\udfff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]",
  "g",
);

/** Text as nodes in which nothing is hidden: such characters stand there by their code. */
function shown(text) {
  const nodes = [];
  let from = 0;
  for (const found of String(text).matchAll(HIDDEN)) {
    if (found.index > from) nodes.push(document.createTextNode(text.slice(from, found.index)));
    const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(h("span", { class: "hidden-character", title: "a character that cannot be seen" }, "U+" + code));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

const LONGEST = 20000;

/** A block of text; of a very long one the middle is left out until it is asked for. */
function block(text, attributes) {
  const pre = h("pre", attributes);
  if (text.length <= LONGEST) return put(pre, shown(text));
  const half = LONGEST / 2;
  const more = h("button", { class: "more", onclick: () => { pre.replaceChildren(...shown(text)); } },
    `show the ${count(text.length - LONGEST)} characters between`);
  return put(pre, shown(text.slice(0, half)), more, shown(text.slice(-half)));
}

const count = (value) => value.toLocaleString("en-US");

/** A number with few digits; a dash where there is none. */
function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "\u2013";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value).replace("-", "\u2212");
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(digits - 1) : value.toPrecision(digits);
  return (text.includes("e") ? text : String(Number(text))).replace("-", "\u2212");
}

function signed(value, digits = 3) {
  return typeof value === "number" && value > 0 ? "+" + number(value, digits) : number(value, digits);
}

function say(text) {
  $("say").textContent = text;
}

const tip = {
  show(node, children) {
    const box = $("tip");
    box.replaceChildren();
    put(box, children);
    box.hidden = false;
    const at = node.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const left = Math.max(8, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 8));
    const above = at.top - height - 8;
    box.style.left = `${left}px`;
    box.style.top = `${above > 60 ? above : Math.min(at.bottom + 8, innerHeight - height - 8)}px`;
  },
  hide() {
    $("tip").hidden = true;
  },
};

/** Rows of names and values. */
function facts(rows) {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, known.map(([name, value]) => [
    h("dt", null, shown(name)),
    h("dd", null, value instanceof Node ? value : shown(String(value))),
  ]));
}

function badge(outcome) {
  return h("span", { class: `badge ${/^[A-Z]+$/.test(outcome) ? outcome : ""}` }, shown(outcome));
}
