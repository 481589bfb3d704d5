// Two rollouts side by side: what they share, where they part, and what became of each.

async function comparePage(app, left, right) {
  const { store } = app;
  const pieces = await store.pieces();
  const sides = await Promise.all([left, right].map(async (row) => {
    const [text, detail] = await Promise.all([store.text(row), store.tokens(row)]);
    return { row, text, detail, view: new TokenView(detail, text, pieces) };
  }));
  const shared = sharedStart(sides[0].view.tokens, sides[1].view.tokens);
  const page = h("article", { class: "compare" },
    h("header", { class: "title" },
      h("div", { class: "line-up" }, h("a", { class: "back", href: app.link("rollout", left) }, "first rollout"),
        h("button", { class: "quiet", onclick: () => app.go("compare", right, left) }, "swap sides")),
      h("h1", null, "Side by side"),
      h("p", { class: "soft" }, shown(store.columns.task[left]), h("br"), `the first ${count(shared)} tokens are the same`)),
    pieces && colours(app, { colour: (by) => sides.forEach((side) => side.view.colour(by)) }),
    h("div", { class: "sides" }, sides.map((side) => sideOf(app, side, shared))));
  sides.forEach((side) => side.view.colour(app.colour));
  return page;
}

function sideOf(app, side, shared) {
  const { store } = app;
  const { columns } = store;
  const conversation = conversationOf(side.view, side.text, side.detail);
  side.view.listen(conversation);
  side.view.tokens.slice(0, shared).forEach((token) => {
    const node = side.view.nodes.get(token);
    if (node) node.dataset.shared = "";
  });
  const parting = side.view.tokens[shared] && side.view.nodes.get(side.view.tokens[shared]);
  if (parting) parting.dataset.parting = "";
  return h("section", { class: "side" },
    h("h2", null, h("a", { href: app.link("rollout", side.row) }, shown(columns.key[side.row]))),
    h("p", { class: "soft" }, shown(columns.name[side.row]), columns.step[side.row] === null ? "" : `, step ${columns.step[side.row]}`, `, ${count(columns.tokens[side.row])} tokens`),
    evidence(side.row, side.detail, side.text, store), chainOf(side.row, side.detail, side.text, store), conversation);
}

function sharedStart(a, b) {
  const most = Math.min(a.length, b.length);
  let i = 0;
  while (i < most && a[i].id === b[i].id) i++;
  return i;
}
