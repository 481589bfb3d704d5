// Which page is shown, what is remembered, and news of a run that goes on.

const POLL_MS = 2000;
const THEMES = ["system", "light", "dark"];

class App {
  constructor(store) {
    this.store = store;
    this.filter = {};
    this.visible = [];
    this.stage = "";
    this.table = null;
    this.view = "";
    this.theme = remembered("theme", THEMES, "system");
    this.colour = remembered("colour", Object.keys(COLOURS), "log-prob");
    this.turn = 0; // of rendering: a slower one that was overtaken is dropped
    this.applyTheme();
  }

  link(view, ...what) {
    if (view === "rollouts") {
      const pairs = Object.entries(what[0] || {}).filter(([, value]) => value);
      return "#rollouts" + (pairs.length ? "?" + new URLSearchParams(pairs.map(([name, value]) => [name, value.replace(HIDDEN, "?")])) : "");
    }
    if (view === "rollout" || view === "compare") return `#${view}=` + what.map((row) => encodeURIComponent(this.nameOf(row))).join("&");
    return "#" + view;
  }

  /** A row's id where it is the only one of that name, or else its number. */
  nameOf(row) {
    if (!this.names) {
      this.names = new Map();
      for (let i = 0; i < this.store.length; i++) {
        const id = this.store.id(i);
        this.names.set(id, this.names.has(id) ? -1 : i);
      }
    }
    const id = this.store.id(row);
    return this.names.get(id) === row ? id : `row:${row}`;
  }

  rowNamed(name) {
    this.nameOf(0);
    const found = this.names.get(name);
    if (found !== undefined && found >= 0) return found;
    const numbered = /^row:(\d+)$/.exec(name);
    if (numbered) return Number(numbered[1]) < this.store.length ? Number(numbered[1]) : -1;
    return this.store.columns.key.indexOf(name);
  }

  go(view, ...what) {
    const link = this.link(view, ...what);
    if (location.hash === link) this.render();
    else location.hash = link;
  }

  /** The filter goes into the address, without a step in the history for each letter. */
  remember() {
    history.replaceState(null, "", this.link("rollouts", this.filter));
  }

  async render() {
    const turn = ++this.turn;
    const [head, tail] = splitOnce(location.hash.slice(1), /[=?]/);
    const known = ["overview", "rollouts", "rollout", "compare"];
    this.view = known.includes(head) ? head : this.store.manifest.overview ? "overview" : "rollouts";
    tip.hide();
    this.bar();
    const before = this.row;
    let page;
    try {
      page = await this.pageOf(this.view, tail);
    } catch (error) {
      page = h("p", { class: "wait", role: "alert" }, "This cannot be shown: ", shown(String(error.message || error)));
    }
    if (turn !== this.turn) return;
    $("main").replaceChildren(page);
    if (this.view === "rollouts") { this.table.show(before); if (document.activeElement === document.body) this.table.list.focus({ preventScroll: true }); }
    else scrollTo(0, 0);
    document.documentElement.dataset.view = this.view;
    document.title = this.view === "rollout" ? `${this.store.columns.key[this.row]} - ${this.store.manifest.name}` : this.store.manifest.name;
  }

  async pageOf(view, tail) {
    if (view === "overview") return overviewPage(this);
    if (view === "rollouts") {
      this.filter = Object.fromEntries(new URLSearchParams(tail));
      this.table = new RolloutTable(this);
      return this.table.node;
    }
    const rows = tail.split("&").map((part) => this.rowNamed(decoded(part)));
    if (rows.some((row) => row < 0) || (view === "compare" && rows.length < 2)) {
      return h("p", { class: "wait", role: "alert" }, "There is no such rollout here. ", h("a", { href: "#rollouts" }, "All rollouts"));
    }
    if (!this.visible.length) this.visible = select(this.store, this.filter);
    this.row = rows[0];
    return view === "rollout" ? rolloutPage(this, rows[0]) : comparePage(this, rows[0], rows[1]);
  }

  bar() {
    const { manifest } = this.store;
    const tab = (view, label) => h("a", { href: this.link(view, this.filter), "aria-current": this.view === view ? "page" : null }, label);
    $("bar").replaceChildren(
      h("span", { class: "name" }, shown(manifest.name), manifest.overview && manifest.overview.step ? h("small", null, ` step ${manifest.overview.step}`) : null),
      manifest.live ? h("span", { class: "live", id: "live" }, "live") : "",
      h("nav", { "aria-label": "Pages" }, manifest.overview ? tab("overview", "Overview") : null, tab("rollouts", "Rollouts")),
      h("button", { class: "quiet", onclick: () => this.turnTheme(), title: "dark, light, or as the system has it (t)", "aria-label": `theme: ${this.theme}` }, { system: "\u25d0", light: "\u2600", dark: "\u263e" }[this.theme]),
      h("button", { class: "quiet", onclick: openHelp, title: "keys and filter (?)", "aria-label": "help" }, "?"));
  }

  search() {
    if (this.view !== "rollouts") { this.wantsSearch = true; this.go("rollouts", this.filter); }
    const field = $("search");
    if (field) { field.focus(); field.select(); }
  }

  compareWithBest() {
    const { columns } = this.store;
    const value = (row) => columns.reward[row] ?? columns.score[row] ?? -Infinity;
    const others = groupOf(this.row, this.store).filter((row) => row !== this.row).sort((a, b) => value(b) - value(a) || a - b);
    const unlike = others.find((row) => value(row) !== value(this.row));
    if (others.length) this.go("compare", this.row, unlike ?? others[0]);
  }

  setColour(name) {
    this.colour = name;
    keep("colour", name);
  }

  turnTheme() {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
    keep("theme", this.theme);
    this.applyTheme();
    this.bar();
    say(`theme: ${this.theme}`);
  }

  applyTheme() {
    document.documentElement.dataset.theme = this.theme;
  }

  readTexts() {
    const wait = () => new Promise((done) => setTimeout(done));
    let painted = 0;
    const { store } = this;
    return store.readTexts(() => {
      document.documentElement.dataset.texts = store.textsRead;
      const isDone = store.textsRead >= store.length;
      if (this.view !== "rollouts" || !this.table || store !== this.store) return;
      if (isDone || performance.now() - painted > 400) {
        painted = performance.now();
        if (this.filter.q) this.table.refilter(false); else this.table.paint(true);
      }
    }).then(wait);
  }

  /** Ask for news of a run that goes on; a server that is gone is asked again, and said to be gone. */
  async follow() {
    for (;;) {
      await new Promise((done) => setTimeout(done, POLL_MS));
      try {
        const reply = await fetch("block/manifest", { signal: AbortSignal.timeout(30000), headers: { "If-None-Match": this.tag || "" } });
        if (!reply.ok && reply.status !== 304) throw new Error(String(reply.status));
        const isOld = this.tag && reply.headers.get("ETag") === this.tag;
        this.tag = reply.headers.get("ETag");
        if (reply.status === 200 && !isOld) await this.take(await inflate(await reply.arrayBuffer()));
        this.tellLive("live");
      } catch (error) {
        this.tellLive("not connected");
      }
    }
  }

  async take(manifest) {
    const stamps = (each) => each.volumes.map((volume) => volume.name + volume.stamp).join();
    const isSame = stamps(manifest) === stamps(this.store.manifest);
    if (isSame) this.store.manifest = manifest;
    else {
      const named = this.row === undefined ? null : this.store.id(this.row);
      const read = this.store;
      this.store = await Store.of(manifest);
      this.names = null;
      this.row = named === null ? undefined : Math.max(0, this.rowNamed(named));
      this.visible = select(this.store, this.filter);
      await this.readTexts(read);
    }
    const isReading = this.view === "rollout" || this.view === "compare" || document.activeElement === $("search");
    if (!isReading) await this.render(); else this.bar();
  }

  tellLive(text) {
    const node = $("live");
    if (node) { node.textContent = text; node.classList.toggle("gone", text !== "live"); }
  }
}

function splitOnce(text, by) {
  const at = text.search(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function remembered(name, allowed, otherwise) {
  try {
    const value = localStorage.getItem("palestra-" + name);
    return allowed.includes(value) ? value : otherwise;
  } catch { return otherwise; }
}

function keep(name, value) {
  try { localStorage.setItem("palestra-" + name, value); } catch { /* a page from a file may not be allowed to */ }
}

async function start() {
  try {
    const app = new App(await Store.of(await load("manifest")));
    addEventListener("hashchange", () => app.render().then(() => { if (app.wantsSearch) { app.wantsSearch = false; app.search(); } }));
    listenToKeys(app);
    await app.render();
    document.documentElement.dataset.openMs = performance.now().toFixed(0);
    await app.readTexts();
    document.documentElement.dataset.readMs = performance.now().toFixed(0);
    document.documentElement.dataset.state = "ready";
    if (app.store.manifest.live) app.follow();
  } catch (error) {
    $("main").replaceChildren(h("p", { class: "wait", role: "alert" }, "This page cannot be read: ", shown(String(error.message || error))));
    document.documentElement.dataset.state = "broken";
    throw error;
  }
}

start();
