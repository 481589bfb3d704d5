// The first page: results, alarms, what environments earn, curves.

function overviewPage(app) {
  const { store } = app;
  const overview = store.manifest.overview;
  const page = h("div", { class: "overview" });
  put(page, remarks(store.manifest.remarks, overview));
  if (overview) {
    put(page, alarms(overview.alarms), headlineCards(overview.headlines), stageTable(overview));
  }
  put(page, environments(app));
  if (overview) {
    put(page, curves(app, overview), events(overview.events), summary(overview), configuration(overview));
  }
  return page;
}

function remarks(own, overview) {
  const all = [...own, ...(overview ? overview.remarks : [])];
  return all.length ? h("section", { class: "remarks" }, all.map((text) => h("p", null, shown(text)))) : null;
}

function alarms(rows) {
  if (!rows.length) return null;
  return h("section", { class: "alarms", role: "region", "aria-label": "Alarms" },
    h("h2", null, `${rows.length} alarm${rows.length > 1 ? "s" : ""}`),
    h("ul", null, rows.toReversed().map((row) => h("li", null,
      h("span", { class: "when" }, `step ${row.step}`), h("strong", null, shown(row.name)), " ", shown(row.text)))));
}

function headlineCards(rows) {
  if (!rows.length) return null;
  const card = (row) => {
    const { before, after } = row;
    const mean = (each) => `${number(each.mean)} [${number(each.low)}, ${number(each.high)}]`;
    const isOne = before.step === after.step;
    return h("div", { class: "card" },
      h("h3", null, shown(row.name)),
      h("div", { class: "big" }, number(after.mean),
        !isOne && h("span", { class: `gain ${row.gain > 0 ? "up" : row.gain < 0 ? "down" : ""}` }, signed(row.gain))),
      h("p", { class: "soft" }, isOne
        ? `step ${after.step}, ${mean(after)}`
        : `step ${before.step} to ${after.step}, from ${mean(before)} to ${mean(after)}`),
      h("p", { class: "soft" }, `${count(after.tasks)} tasks`,
        after.k > 1 && `, pass@${after.k} ${isOne ? "" : number(before.pass) + " to "}${number(after.pass)}`));
  };
  return h("section", null, h("h2", null, "Results"), h("div", { class: "cards" }, rows.map(card)));
}

function stageTable(overview) {
  if (!overview.stages.length) return null;
  return h("section", null, h("h2", null, "Stages"), h("div", { class: "scroll" }, h("table", null,
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "stage"), h("th", { scope: "col" }, "steps"),
      overview.evaluations.map((name) => h("th", { scope: "col", class: "num" }, shown(name))))),
    h("tbody", null, overview.stages.map((stage) => h("tr", null, h("th", { scope: "row" }, shown(stage.name)),
      h("td", null, `${stage.first} to ${stage.last}`), stage.results.map((value) => h("td", { class: "num" }, number(value)))))))));
}

/** What each environment earned, by where its rollouts are from; each row leads to them. */
function environments(app) {
  const { store } = app;
  const found = new Map();
  for (let row = 0; row < store.length; row++) {
    const { name, env, outcome, score, step, tokens } = store.columns;
    const key = name[row] + "\u0000" + env[row];
    if (!found.has(key)) found.set(key, { name: name[row], env: env[row], n: 0, valid: 0, sum: 0, tokens: 0, outcomes: {}, first: step[row], last: step[row] });
    const each = found.get(key);
    each.n++;
    each.tokens += tokens[row];
    if (score[row] !== null) { each.valid++; each.sum += score[row]; }
    each.outcomes[outcome[row]] = (each.outcomes[outcome[row]] || 0) + 1;
    if (step[row] !== null) { each.first = Math.min(each.first, step[row]); each.last = Math.max(each.last, step[row]); }
  }
  if (!found.size) return null;
  const heads = ["rollouts of", "environment", "n", "mean score", "outcomes", "tokens"];
  return h("section", null, h("h2", null, "Rollouts by environment"), h("div", { class: "scroll" }, h("table", null,
    h("thead", null, h("tr", null, heads.map((text, i) => h("th", { scope: "col", class: i > 1 && i !== 4 && "num" }, text)))),
    h("tbody", null, [...found.values()].map((each) => h("tr", null,
      h("th", { scope: "row" }, h("a", { href: app.link("rollouts", { name: each.name, env: each.env }) }, shown(each.name)),
        each.first !== null && h("small", null, each.first === each.last ? ` step ${each.first}` : ` steps ${each.first}\u2013${each.last}`)),
      h("td", null, shown(each.env)),
      h("td", { class: "num" }, count(each.n)),
      h("td", { class: "num" }, number(each.valid ? each.sum / each.valid : null)),
      h("td", null, outcomeBar(each)),
      h("td", { class: "num" }, number(each.tokens / each.n))))))));
}

const OUTCOMES = ["PASS", "PARTIAL", "FAIL", "UNPARSED", "TIMEOUT", "UNKNOWN", "ERROR"];

function outcomeBar(each) {
  const known = OUTCOMES.filter((name) => each.outcomes[name]);
  const text = known.map((name) => `${name} ${each.outcomes[name]}`).join(", ");
  const bar = h("div", { class: "outcomes", role: "img", "aria-label": text, title: text });
  for (const name of known) {
    const part = h("i", { class: name });
    part.style.flexGrow = each.outcomes[name];
    put(bar, part);
  }
  return bar;
}

function curves(app, overview) {
  const all = [...overview.charts, ...byEnvironment(app.store)];
  if (!all.length) return null;
  const marks = overview.alarms.map((row) => row.step);
  const stage = overview.stages.find((each) => each.name === app.stage);
  const range = stage ? [stage.first, stage.last] : null;
  const topics = [...new Set(all.map((chart) => chart.topic))];
  const choice = overview.stages.length > 1 && h("label", null, "stage ", h("select", {
    onchange: (event) => { app.stage = event.target.value; app.render(); },
  }, ["", ...overview.stages.map((each) => each.name)].map((name) =>
    h("option", { value: name, selected: name === (app.stage || "") }, name ? shown(name) : "all"))));
  return h("section", null, h("div", { class: "line-up" }, h("h2", null, "Curves over steps"), choice),
    topics.map((topic) => {
      const drawings = all.filter((chart) => chart.topic === topic).map((chart) => figure(chart, marks, range)).filter(Boolean);
      return drawings.length ? [h("h3", { class: "topic" }, topic), h("div", { class: "charts" }, drawings)] : null;
    }));
}

/** Mean training reward by environment, where there are several. */
function byEnvironment(store) {
  const sums = new Map();
  const { origin, env, step, reward } = store.columns;
  for (let row = 0; row < store.length; row++) {
    if (origin[row] !== "training" || reward[row] === null) continue;
    if (!sums.has(env[row])) sums.set(env[row], new Map());
    const steps = sums.get(env[row]);
    const sum = steps.get(step[row]) || { n: 0, y: 0, y2: 0 };
    sum.n++; sum.y += reward[row]; sum.y2 += reward[row] ** 2;
    steps.set(step[row], sum);
  }
  if (sums.size < 2) return [];
  const lines = [...sums].map(([label, steps]) => {
    const rows = [...steps].sort((a, b) => a[0] - b[0]);
    const mean = rows.map(([, sum]) => sum.y / sum.n);
    const half = rows.map(([, sum], i) => 1.96 * Math.sqrt(Math.max(0, sum.y2 / sum.n - mean[i] ** 2) / sum.n));
    return { label, x: rows.map(([at]) => at), y: mean, low: mean.map((y, i) => y - half[i]), high: mean.map((y, i) => y + half[i]) };
  });
  return [{ topic: "Learning", title: "Training reward by environment", caption: "mean of the rollouts shown here, 95% interval", lines }];
}

function events(rows) {
  return rows.length ? h("section", null, h("h2", null, "Events"), h("ul", { class: "events" }, rows.map((row) =>
    h("li", null, h("span", { class: "when" }, `step ${row.step}`), h("strong", null, shown(row.name)), " ", shown(row.text))))) : null;
}

function summary({ summary: rows, charts }) {
  return rows.length ? h("details", { open: !charts.length }, h("summary", null, "Summary"), facts(rows.map(([name, value]) => [name, typeof value === "number" ? number(value, 4) : value]))) : null;
}

function configuration(overview) {
  if (!overview.config) return null;
  return h("details", null, h("summary", null, "Configuration"),
    overview.method && h("p", { class: "soft" }, shown(overview.method.replaceAll(" -> ", " \u2192 "))), block(overview.config));
}
