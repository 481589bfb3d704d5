// The table of rollouts: as many rows in the document as fit on the screen, whatever the filter leaves.

const SHOWN = [
  { name: "step", title: "step", class: "num", width: "4.2rem" },
  { name: "name", title: "of", width: "minmax(4rem, 8rem)" },
  { name: "env", title: "environment", width: "minmax(6rem, 12rem)" },
  { name: "outcome", title: "outcome", width: "6.4rem" },
  { name: "score", title: "score", class: "num", width: "4.2rem" },
  { name: "reward", title: "reward", class: "num", width: "4.6rem" },
  { name: "advantage", title: "advantage", class: "num", width: "5.6rem" },
  { name: "tokens", title: "tokens", class: "num", width: "4.6rem" },
  { name: "turns", title: "turns", class: "num", width: "3.8rem" },
  { name: null, title: "last response", width: "minmax(10rem, 1fr)" },
];

class RolloutTable {
  constructor(app) {
    this.app = app;
    this.rows = [];
    this.at = 0; // place of the current row among those that are shown
    const { store } = app;
    this.shown = SHOWN.filter((column) => this.isTold(column.name));
    this.search = h("input", {
      type: "search", id: "search", placeholder: "Search, or reward>0.5 tokens>=100 -outcome:PASS", "aria-label": "Filter rollouts",
      autocomplete: "off", spellcheck: "false", value: app.filter.q || "",
      oninput: () => { app.filter.q = this.search.value; this.refilter(); },
    });
    this.counter = h("span", { class: "counter", role: "status" });
    this.head = h("div", { class: "row head", role: "row" }, this.shown.map((column) => this.headOf(column)));
    this.body = h("div", { class: "rows", role: "rowgroup" });
    this.spacer = h("div", { class: "spacer", role: "presentation" }, this.body);
    this.list = h("div", {
      class: "list", role: "grid", tabindex: "0", "aria-label": "Rollouts", "aria-multiselectable": "false",
      onscroll: () => requestAnimationFrame(() => this.paint()),
      onclick: (event) => this.clicked(event),
    }, h("div", { role: "rowgroup", class: "head-group" }, this.head), this.spacer);
    this.node = h("div", { class: "browser" },
      h("div", { class: "filters", role: "search" }, this.search,
        this.choice("name", "rollouts of"), this.choice("env", "environment"), this.choice("outcome", "outcome"), this.counter),
      this.list);
    this.list.style.setProperty("--columns", this.shown.map((column) => column.width).join(" "));
    this.list.setAttribute("aria-colcount", this.shown.length);
    new ResizeObserver(() => this.paint()).observe(this.list);
    this.refilter(false);
    if (!store.length) this.counter.textContent = "no rollouts yet";
  }

  /** Columns that say the same of all rollouts, or nothing, are left out. */
  isTold(name) {
    if (name === null) return true;
    const column = this.app.store.columns[name];
    if (name === "outcome" || name === "tokens" || name === "score") return true;
    return column.some((value) => value !== null && value !== column[0]) || (name === "reward" && column[0] !== null && column[0] !== undefined);
  }

  choice(name, label) {
    const values = [...new Set(this.app.store.columns[name])].sort();
    if (values.length < 2) return null;
    return h("select", { "aria-label": label, onchange: (event) => { this.app.filter[name] = event.target.value; this.refilter(); } },
      h("option", { value: "" }, `any ${label}`.replace("any rollouts of", "all rollouts")),
      values.map((value) => h("option", { value, selected: value === this.app.filter[name] }, shown(value))));
  }

  headOf(column) {
    if (column.name === null) return h("div", { class: "cell", role: "columnheader" }, column.title);
    return h("div", { class: `cell ${column.class || ""}`, role: "columnheader", "data-sort": column.name },
      h("button", { onclick: () => this.sortBy(column.name) }, column.title));
  }

  sortBy(name) {
    const { filter } = this.app;
    filter.sort = filter.sort === "-" + name ? name : filter.sort === name ? "" : "-" + name;
    this.refilter();
  }

  refilter(isNews = true) {
    const { app } = this;
    const started = performance.now();
    const kept = this.rows[this.at];
    this.rows = select(app.store, app.filter);
    app.visible = this.rows;
    this.at = Math.max(0, this.rows.indexOf(kept));
    for (const cell of this.head.querySelectorAll("[data-sort]")) {
      const { sort } = cell.dataset;
      cell.setAttribute("aria-sort", app.filter.sort === sort ? "ascending" : app.filter.sort === "-" + sort ? "descending" : "none");
    }
    this.spacer.style.height = `${this.rows.length * this.height()}px`;
    this.list.setAttribute("aria-rowcount", this.rows.length + 1);
    this.tell();
    if (isNews) { this.list.scrollTop = 0; this.at = 0; }
    this.paint(true);
    document.documentElement.dataset.filterMs = (performance.now() - started).toFixed(1);
    if (isNews) app.remember();
  }

  tell() {
    const { store } = this.app;
    const scores = this.rows.map((row) => store.columns.score[row]).filter((score) => score !== null);
    const mean = scores.length ? `, mean score ${number(scores.reduce((a, b) => a + b, 0) / scores.length)}` : "";
    const reading = store.textsRead < store.length && parseQuery(this.app.filter.q || "").some((term) => term.text)
      ? ` (reading texts: ${Math.round((100 * store.textsRead) / store.length)}%)` : "";
    this.counter.textContent = `${count(this.rows.length)} of ${count(store.length)}${mean}${reading}`;
  }

  height() {
    return innerWidth < 720 ? 68 : 38;
  }

  paint(isForced = false) {
    const height = this.height();
    const first = Math.max(0, Math.floor(this.list.scrollTop / height) - 6);
    const last = Math.min(this.rows.length, first + Math.ceil((this.list.clientHeight || innerHeight) / height) + 14);
    const state = `${first} ${last} ${this.at} ${height} ${this.rows.length}`;
    if (!isForced && state === this.painted) return;
    this.painted = state;
    this.spacer.style.height = `${this.rows.length * height}px`;
    this.body.style.transform = `translateY(${first * height}px)`;
    this.body.replaceChildren(...this.rows.slice(first, last).map((row, i) => this.rowOf(row, first + i)));
    this.list.setAttribute("aria-activedescendant", this.rows.length ? `row-${this.at}` : "");
  }

  rowOf(row, place) {
    const { columns, texts } = this.app.store;
    const node = h("div", {
      class: `row${place === this.at ? " current" : ""}${!this.app.filter.sort && this.app.store.odd[row] ? " odd" : ""}`, role: "row", id: `row-${place}`,
      "data-place": place, "aria-rowindex": place + 2, "aria-selected": place === this.at ? "true" : "false",
    });
    for (const column of this.shown) {
      const value = column.name && columns[column.name][row];
      let content;
      if (column.name === null) {
        const text = texts[row];
        content = text ? shown(snippet(text)) : "";
      } else if (column.name === "outcome") content = badge(value);
      else if (column.name === "advantage") content = h("span", { class: value > 0 ? "up" : value < 0 ? "down" : "" }, signed(value));
      else content = column.class ? number(value) : shown(String(value).replace(/^palestra\//, ""));
      put(node, h("div", { class: `cell ${column.class || ""} of-${column.name || "text"}`, role: "gridcell" }, content));
    }
    return node;
  }

  clicked(event) {
    const row = event.target.closest("[data-place]");
    if (row && getSelection().isCollapsed) this.open(Number(row.dataset.place));
  }

  open(place = this.at) {
    if (this.rows[place] === undefined) return;
    this.at = place;
    this.app.go("rollout", this.rows[place]);
  }

  move(by) {
    if (!this.rows.length) return;
    this.at = Math.max(0, Math.min(this.rows.length - 1, this.at + by));
    const height = this.height(), top = this.at * height;
    const view = this.list.clientHeight - height;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + height > this.list.scrollTop + view) this.list.scrollTop = top + height - view;
    this.paint();
  }

  show(row) {
    const place = this.rows.indexOf(row);
    if (place >= 0) { this.at = place; this.list.scrollTop = Math.max(0, (place - 4) * this.height()); this.paint(true); }
  }
}

function snippet(text) {
  const last = (text.responses.at(-1) || "").slice(-1000).replace(/\s+/g, " ").trim();
  return last.length > 90 ? "\u2026" + last.slice(-88) : last; // the answer stands at the end
}
