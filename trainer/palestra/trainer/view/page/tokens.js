// A rollout token by token: what each is, who wrote it, and what it learned.

const POLICY = "policy", ENVIRONMENT = "environment", PROMPT = "prompt";
const MOST_TOKENS = 4000;

/** The tokens of a segment with everything that is known of each. */
function tokensOf(segment, detail, pieces) {
  const credit = detail.reward && detail.reward.credit;
  const advantages = credit ? credit.turns : [];
  const length = segment.ids.length;
  const versions = new Array(length).fill(null), turns = new Array(length).fill(null);
  for (const [version, start, end] of segment.v) versions.fill(version, start, end);
  detail.turns.forEach((turn, i) => {
    if (turn.segment === segment.id) turns.fill(i, turn.start, turn.start + turn.out);
  });
  const decoder = new TextDecoder();
  let sampled = 0;
  return [...segment.prompt, ...segment.ids].map((id, i) => {
    const place = i - segment.prompt.length;
    const isPolicy = place >= 0 && versions[place] !== null;
    const turn = place >= 0 ? turns[place] : null;
    const token = { id, place, text: textOf(id, pieces, decoder), turn, who: place < 0 ? PROMPT : isPolicy ? POLICY : ENVIRONMENT };
    if (isPolicy) {
      token.version = versions[place];
      token.logprob = segment.lp[sampled++] / 1e4;
      token.advantage = advantages.length === 1 ? advantages[0] : (advantages[turn] ?? null);
      token.weight = credit ? credit.weight : null;
      token.gradient = token.advantage === null || !credit ? null : token.advantage * credit.weight;
    }
    return token;
  });
}

/** What a token stands for; bytes that are a part of a character wait for the rest of it. */
function textOf(id, pieces, decoder) {
  if (!pieces) return `${id} `;
  const piece = pieces[id];
  if (piece === undefined) return `<${id}>`;
  if (Array.isArray(piece)) return decoder.decode(new Uint8Array(piece), { stream: true });
  return decoder.decode() + piece;
}

const COLOURS = {
  "log-prob": {
    hint: "how surprised the policy was by what it drew; strong: 5 nats or more",
    of: (token) => (token.who === POLICY ? ["seq", Math.min(1, -token.logprob / 5)] : null),
  },
  advantage: {
    hint: "better than its group, or worse",
    of: (token, most) => diverging(token.advantage, most.advantage),
  },
  gradient: {
    hint: "advantage x loss weight: made more likely, or less",
    of: (token, most) => diverging(token.gradient, most.gradient),
  },
  "loss weight": {
    hint: "of each token in the loss",
    of: (token, most) => (token.weight ? ["seq", (0.8 * token.weight) / most.weight] : null),
  },
  mask: {
    hint: "what the policy wrote, and what it read",
    of: (token) => (token.who === POLICY ? ["pos", 0.55] : token.who === ENVIRONMENT ? ["seq", 0.45] : null),
  },
  version: {
    hint: "the weights that drew it, by colour",
    of: (token) => (token.who === POLICY ? [`v${((token.version % 6) + 6) % 6}`, 0.5] : null),
  },
  plain: { hint: "no colour", of: () => null },
};

function diverging(value, most) {
  if (!value || !most) return null;
  return [value > 0 ? "pos" : "neg", 0.15 + (0.75 * Math.abs(value)) / most];
}

/** A view of all segments whose colours can be changed. */
class TokenView {
  constructor(detail, text, pieces) {
    this.detail = detail;
    this.text = text;
    this.segments = detail.segments.map((segment) => tokensOf(segment, detail, pieces));
    this.tokens = this.segments.flat();
    this.nodes = new Map();
    this.current = -1;
    const greatestOf = (name) => this.tokens.reduce((most, token) => Math.max(most, Math.abs(token[name] || 0)), 0);
    this.most = { advantage: greatestOf("advantage"), gradient: greatestOf("gradient"), weight: greatestOf("weight") };
    this.numbers = new Map(this.tokens.map((token, i) => [token, i]));
  }

  /** Tokens as spans. */
  run(tokens) {
    const box = h("div", { class: "tokens" });
    this.fill(box, tokens, 0);
    return box;
  }

  fill(box, tokens, from) {
    const spans = tokens.slice(from, from + MOST_TOKENS).map((token) => {
      const node = h("span", { class: "t", "data-t": this.numbers.get(token) }, tokenText(token.text));
      this.nodes.set(token, node);
      return node;
    });
    box.append(...spans);
    const next = from + MOST_TOKENS;
    if (next < tokens.length) {
      const more = h("button", { class: "more", onclick: () => { more.remove(); this.fill(box, tokens, next); this.colour(this.by); } },
        `show ${count(Math.min(MOST_TOKENS, tokens.length - next))} of ${count(tokens.length - next)} more tokens`);
      box.append(more);
    }
  }

  colour(by) {
    this.by = by;
    const { of } = COLOURS[by];
    for (const [token, node] of this.nodes) {
      const found = of(token, this.most);
      node.className = found ? `t ${found[0]}` : "t";
      if (found) node.style.setProperty("--a", `${Math.round(Math.min(1, found[1]) * 100)}%`);
    }
  }

  listen(node) {
    const at = (event) => {
      const found = event.target.closest && event.target.closest(".t");
      return found ? Number(found.dataset.t) : -1;
    };
    node.addEventListener("pointerover", (event) => { if (at(event) >= 0) this.point(at(event)); else tip.hide(); });
    node.addEventListener("pointerleave", () => tip.hide());
    node.addEventListener("click", (event) => { if (at(event) >= 0) this.point(at(event)); });
    node.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      let next = this.current + by;
      while (this.tokens[next] && !isSeen(this.nodes.get(this.tokens[next]))) next += by;
      if (this.tokens[next]) { this.point(next); this.nodes.get(this.tokens[next]).scrollIntoView({ block: "nearest" }); say(this.spoken(next)); }
    });
  }

  point(number) {
    const before = this.nodes.get(this.tokens[this.current]);
    if (before) before.removeAttribute("aria-current");
    this.current = number;
    const node = this.nodes.get(this.tokens[number]);
    if (!node) return;
    node.setAttribute("aria-current", "true");
    tip.show(node, this.card(this.tokens[number]));
  }

  card(token) {
    const who = { [POLICY]: "written by the policy", [ENVIRONMENT]: "read: from the environment", [PROMPT]: "read: prompt" }[token.who];
    const rows = [["token", `${token.id}`], ["mask", token.who === POLICY ? "1" : "0"]];
    if (token.who === POLICY) {
      rows.push(["log-prob", `${number(token.logprob, 4)}  (${number(100 * Math.exp(token.logprob))}%)`]);
      rows.push(["version", token.version < 0 ? "none of this run" : token.version]);
      if (token.turn !== null) rows.push(["turn", token.turn + 1]);
      if (token.weight !== null) {
        rows.push(["advantage", signed(token.advantage, 4)], ["loss weight", number(token.weight, 4)]);
        rows.push(["gradient", `${signed(token.gradient)} ${token.gradient > 0 ? "(more likely)" : token.gradient < 0 ? "(less likely)" : ""}`]);
      }
    }
    return [h("code", { class: "piece" }, shown(JSON.stringify(token.text))), h("div", { class: "soft" }, who), facts(rows)];
  }

  spoken(number) {
    const token = this.tokens[number];
    return `${token.text}, ${token.who}${token.who === POLICY ? `, log-prob ${token.logprob.toFixed(2)}` : ""}`;
  }
}

const isSeen = (node) => Boolean(node && node.offsetParent);

/** The text of a token: line ends are marked, and nothing is without width. */
function tokenText(text) {
  if (text === "") return h("span", { class: "mark" }, "\u00b7");
  if (!/[\n\r\t]/.test(text) && text.trim() !== "") return shown(text);
  return text.split(/(\n|\t)/).map((part) => part === "\n" ? [h("span", { class: "mark" }, "\u21b5"), "\n"]
    : part === "\t" ? [h("span", { class: "mark" }, "\u21e5"), "\t"] : shown(part));
}
