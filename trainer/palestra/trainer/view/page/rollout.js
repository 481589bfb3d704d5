// The page of one rollout.

async function rolloutPage(app, row) {
  const { store } = app;
  const [text, detail, pieces] = await Promise.all([store.text(row), store.tokens(row), store.pieces()]);
  const view = new TokenView(detail, text, pieces);
  const page = h("article", { class: "rollout" }, rolloutHead(app, row), groupStrip(app, row));
  const conversation = conversationOf(view, text, detail);
  view.listen(conversation);
  put(page, evidence(row, detail, text, store), chainOf(row, detail, text, store),
    h("section", null,
      h("div", { class: "line-up" }, h("h2", null, "Conversation"), pieces ? colours(app, view) : h("p", { class: "soft" }, "what tokens stand for is not known: `--tokenizer` names it")),
      conversation),
    more(detail, text));
  view.colour(app.colour);
  return page;
}

function rolloutHead(app, row) {
  const { columns } = app.store;
  const place = app.visible.indexOf(row);
  const step = columns.step[row];
  const to = (by, label, keyName) => h("button", {
    class: "quiet", "aria-label": label, title: `${label} (${keyName})`, disabled: app.visible[place + by] === undefined || place < 0,
    onclick: () => app.go("rollout", app.visible[place + by]),
  }, by < 0 ? "\u2190" : "\u2192");
  return h("header", { class: "title" },
    h("div", { class: "line-up" },
      h("a", { class: "back", href: app.link("rollouts", app.filter), title: "back to the table (Escape)" }, "rollouts"),
      h("span", { class: "pager" }, to(-1, "previous rollout", "k"), place >= 0 ? `${count(place + 1)} of ${count(app.visible.length)}` : "", to(1, "next rollout", "j"))),
    h("h1", null, badge(columns.outcome[row]), " ", shown(columns.key[row])),
    h("p", { class: "soft" }, shown(columns.task[row]), h("br"),
      shown(columns.name[row]), step === null ? "" : `, step ${step}`,
      `, ${count(columns.tokens[row])} tokens in ${columns.turns[row]} turn${columns.turns[row] === 1 ? "" : "s"}, ended: `, shown(columns.end[row])));
}

/** The other rollouts of the task, to go to or to compare with. */
function groupStrip(app, row) {
  const { store } = app;
  const members = groupOf(row, store);
  const elsewhere = sameTask(store, row);
  if (members.length < 2 && !elsewhere.length) return null;
  const chip = (other) => {
    const { columns } = store;
    const value = columns.reward[other] ?? columns.score[other];
    const label = `${columns.outcome[other]}, ${number(value)}`;
    return h("span", { class: "chip" },
      h("a", { class: `pill ${columns.outcome[other]}`, href: app.link("rollout", other), "aria-current": other === row ? "page" : null, title: `${columns.name[other]} ${columns.key[other]}`.replace(HIDDEN, "?"), "aria-label": label }, number(value)),
      other !== row && h("a", { class: "versus", href: app.link("compare", row, other), "aria-label": `compare with ${label}`, title: "side by side" }, "\u21c4"));
  };
  return h("nav", { class: "group", "aria-label": "Rollouts of the same task" },
    h("span", { class: "soft" }, members.length > 1 ? `its group of ${members.length}` : "same task"),
    members.slice(0, 64).map(chip),
    elsewhere.length ? [h("span", { class: "soft" }, "elsewhere"), few(elsewhere).map((other) => h("span", { class: "chip" }, h("small", { class: "soft" }, shown(store.columns.name[other]), ` ${store.columns.step[other] ?? ""} `), chip(other)))] : null);
}

/** The first and the last of many. */
const few = (rows) => (rows.length > 6 ? [...rows.slice(0, 3), ...rows.slice(-3)] : rows);

/** The first rollout of the same task in each other file. */
function sameTask(store, row) {
  if (!store.byTask) {
    store.byTask = new Map();
    for (const [group, members] of store.members) {
      const task = store.columns.task[members[0]];
      if (!store.byTask.has(task)) store.byTask.set(task, []);
      store.byTask.get(task).push(group);
    }
  }
  const own = store.columns.group[row];
  return (store.byTask.get(store.columns.task[row]) || []).filter((group) => group !== own).map((group) => store.members.get(group)[0]);
}

function evidence(row, detail, text, store) {
  const { columns } = store;
  const parts = Object.entries(detail.parts);
  return h("section", { class: "evidence" }, h("h2", null, "Verdict"),
    h("p", null, badge(columns.outcome[row]), " ", h("b", null, number(columns.score[row])), " ", h("span", { class: "detail" }, shown(text.detail))),
    parts.length ? h("div", { class: "parts" }, parts.map(([name, value]) => {
      const bar = h("i");
      bar.style.width = `${Math.max(0, Math.min(1, value)) * 100}%`;
      return [h("span", null, shown(name)), h("span", { class: "meter", "aria-hidden": "true" }, bar), h("b", null, number(value))];
    })) : null,
    detail.p_correct === null ? null : h("p", { class: "soft" }, `right with probability ${number(detail.p_correct)}`),
    text.reference && h("details", null, h("summary", null, "Reference (never shown to the policy)"), block(text.reference)));
}

function colours(app, view) {
  const hint = h("span", { class: "soft hint" }, COLOURS[app.colour].hint);
  return h("div", { class: "colours", role: "radiogroup", "aria-label": "Colour of tokens" },
    Object.keys(COLOURS).map((name) => h("label", null,
      h("input", { type: "radio", name: "colour", value: name, checked: name === app.colour, onchange: () => { app.setColour(name); view.colour(name); hint.textContent = COLOURS[name].hint; } }),
      h("span", null, name))), hint);
}

/** The segments of a rollout, a block for each writer. */
function conversationOf(view, text, detail) {
  const box = h("div", { class: "conversation", tabindex: "0", "aria-label": "Tokens; arrow keys go from one to the next" });
  if (!view.segments.length) put(box, h("p", { class: "soft" }, "The environment did not start."));
  let told = -1;
  view.segments.forEach((tokens, number) => {
    if (view.segments.length > 1) put(box, h("h3", { class: "topic" }, `segment ${detail.segments[number].id}`, number ? ": goes on from an edited or forked history" : ""));
    for (const run of runsOf(tokens)) {
      if (run.who === PROMPT) put(box, promptBlock(view, run.tokens, number > 0));
      else if (run.who === POLICY) {
        put(box, policyBlock(view, run, detail));
        if (run.turn !== null) { told = run.turn; put(box, toolCalls(detail.calls[run.turn])); }
      } else put(box, replyBlock(view, run.tokens, told >= 0 ? text.replies[told] : "", told));
    }
  });
  const last = text.replies.length - 1;
  if (last >= 0 && last === told && text.replies[last]) {
    const ends = view.segments.length && view.segments.at(-1).at(-1);
    if (!ends || ends.who === POLICY) put(box, replyBlock(view, [], text.replies[last], last));
  }
  return box;
}

function runsOf(tokens) {
  const runs = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    if (run && run.who === token.who && run.turn === token.turn) run.tokens.push(token);
    else runs.push({ who: token.who, turn: token.turn, tokens: [token] });
  }
  return runs;
}

function promptBlock(view, tokens, isRepeated) {
  return h("details", { class: "block of-prompt", open: !isRepeated && tokens.length <= 800 },
    h("summary", null, h("b", null, "prompt"), ` ${count(tokens.length)} tokens`), view.run(tokens));
}

function policyBlock(view, run, detail) {
  const turn = run.turn === null ? null : detail.turns[run.turn];
  const paid = turn ? Object.entries(turn.components).map(([name, value]) => `${name} ${number(value)}`) : [];
  const seconds = turn && turn.model ? [`${number(turn.model)} s`] : [];
  return h("div", { class: "block of-policy" },
    h("div", { class: "who" }, h("b", null, "policy"), shown([run.turn === null ? "" : `turn ${run.turn + 1}`, `${count(run.tokens.length)} tokens`, ...seconds, ...paid].filter(Boolean).join(", "))),
    view.run(run.tokens));
}

function toolCalls(calls) {
  return (calls || []).map(([name, text]) => h("div", { class: "block call" },
    h("div", { class: "who" }, h("b", null, "calls"), h("code", null, shown(name))), block(text)));
}

function replyBlock(view, tokens, reply, turn) {
  const label = tokens.length ? `${count(tokens.length)} tokens` : "not read by the policy any more";
  const turnRow = view.detail.turns[turn];
  const cut = turnRow && turnRow.cut ? `, ${count(turnRow.cut)} characters cut` : "";
  const seconds = turnRow && turnRow.tool ? `, ${number(turnRow.tool)} s` : "";
  const head = h("div", { class: "who" }, h("b", null, "environment"), label + seconds + cut);
  if (!reply) return h("div", { class: "block of-environment" }, head, view.run(tokens));
  return h("div", { class: "block of-environment" }, head, block(reply, { class: "terminal", tabindex: "0", "aria-label": "What the environment answered" }),
    tokens.length ? h("details", null, h("summary", null, "as tokens"), view.run(tokens)) : null);
}

function more(detail, text) {
  const timings = Object.entries(detail.timings).map(([name, value]) => [name, `${number(value)}${name.endsWith("_s") ? " s" : ""}`]);
  const meta = Object.entries(detail.meta).map(([name, value]) => [name, String(value)]);
  return h("details", { class: "more-facts" }, h("summary", null, "Task, texts and timings"),
    facts([["finish", detail.finish], ["attempts", detail.attempts], ["weight", detail.weight === 1 ? null : detail.weight], ["forked from", detail.trunk], ...meta, ...timings]),
    text.system && [h("h3", null, "System prompt"), block(text.system)],
    h("h3", null, "Task"), block(text.prompt),
    text.responses.map((response, i) => [h("h3", null, `Response ${i + 1}, as text`), block(response)]));
}
