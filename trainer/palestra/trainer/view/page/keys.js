// The keyboard.

const KEYS = [
  ["/", "search"],
  ["j / k", "next / previous rollout"],
  ["Enter", "open the rollout"],
  ["Escape", "back"],
  ["g", "overview"],
  ["r", "rollouts"],
  ["c", "side by side with the best other of its group"],
  ["1 ... 7", "colour of tokens"],
  ["\u2190 / \u2192", "previous / next token, when the conversation has the focus"],
  ["t", "dark, light, or as the system has it"],
  ["?", "this help"],
];

const FILTERS = [
  ["word \"a phrase\"", "all of them, anywhere in prompt, responses, replies, verdict, key"],
  ["-word", "without it"],
  ["reward>0.5  tokens<=100", "numbers: step, score, reward, advantage, tokens, turns, difficulty, version"],
  ["outcome:FAIL  env:Countdown  end:cut", "texts: outcome, env, task, key, end, in"],
  ["-outcome:PASS", "any of these may be turned round"],
];

function openHelp() {
  const dialog = $("help");
  const rows = (pairs) => h("dl", { class: "facts" }, pairs.map(([key, text]) => [h("dt", null, h("kbd", null, key)), h("dd", null, text)]));
  dialog.replaceChildren(h("form", { method: "dialog" },
    h("h2", { id: "help-title" }, "Keys"), rows(KEYS), h("h2", null, "Filter"), rows(FILTERS), h("button", null, "Close")));
  if (!dialog.open) dialog.showModal();
}

function listenToKeys(app) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    const field = event.target.closest("input[type=search], select");
    if (field) {
      if (event.key === "Escape") { field.blur(); app.table && app.table.list.focus(); event.preventDefault(); }
      if ((event.key === "Enter" || event.key === "ArrowDown") && app.table && field.type === "search") { app.table.list.focus(); event.preventDefault(); }
      return;
    }
    if (pressed(app, event)) event.preventDefault();
  });
}

function pressed(app, event) {
  const { view } = app;
  const { key } = event;
  const inTable = view === "rollouts" && app.table;
  const steps = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -1e9, End: 1e9 };
  if (key === "?") return openHelp(), true;
  if (key === "/") return app.search(), true;
  if (key === "t") return app.turnTheme(), true;
  if (key === "g") return app.go("overview"), true;
  if (key === "r") return app.go("rollouts", app.filter), true;
  if (inTable && key in steps) return app.table.move(steps[key]), true;
  if (inTable && key === "Enter" && !event.target.closest("button, a")) return app.table.open(), true;
  if (view === "rollout" && (key === "j" || key === "k")) {
    const next = app.visible[app.visible.indexOf(app.row) + (key === "j" ? 1 : -1)];
    if (next !== undefined) app.go("rollout", next);
    return true;
  }
  if (view === "rollout" && key === "c") return app.compareWithBest(), true;
  if (key === "Escape" && view === "compare") return app.go("rollout", app.row), true;
  if (key === "Escape" && view === "rollout") return app.go("rollouts", app.filter), true;
  if (/^[1-7]$/.test(key) && (view === "rollout" || view === "compare")) {
    const radio = document.querySelectorAll("input[name=colour]")[Number(key) - 1];
    if (radio) radio.click();
    return Boolean(radio);
  }
  return false;
}
