// Why a token got its gradient: every stage from the verdict to the weight of a token, with its numbers.

/** The stages of a rollout's reward: [{title, value, lines, kind}], as far as the logs say. */
function stagesOf(row, detail, text, store) {
  const { columns } = store;
  const found = [{
    title: "verdict",
    value: number(columns.score[row]),
    lines: [columns.outcome[row], ...Object.entries(detail.parts).map(([name, value]) => `${name} ${number(value)}`)],
    kind: columns.outcome[row],
  }];
  const log = detail.reward;
  if (!log) return found;
  if (!log.valid) {
    found.push({ title: "mask", value: "masked", lines: ["no reward, in no statistic", log.observed || ""], kind: "UNKNOWN" });
    return found;
  }
  const steps = log.steps;
  steps.forEach(([name, value], i) => {
    const before = i ? steps[i - 1][1] : null;
    found.push({ title: stageTitle(name, i, log), value: number(value), lines: stageLines(name, i, before, value, log) });
  });
  if (log.components) {
    found.push({ title: "components", value: "", lines: Object.entries(log.components).map(([name, value]) => `${name} ${number(value)}`) });
  }
  found.push({ title: "reward", value: number(log.reward), lines: ["what the learner is paid in"], kind: "sum" });
  const { credit } = log;
  if (!credit) return found;
  const group = groupOf(row, store).map((other) => columns.reward[other]).filter((value) => value !== null);
  const mean = group.reduce((a, b) => a + b, 0) / group.length;
  found.push({ title: "advantage", value: signed(credit.advantage), lines: [`group of ${group.length}`, `mean ${number(mean)}`], kind: sign(credit.advantage) });
  if (credit.copies !== 1) found.push({ title: "selection", value: `x${credit.copies}`, lines: [credit.copies ? "counts so often" : "left out"] });
  if (credit.factor !== 1) found.push({ title: "re-weighting", value: `x${number(credit.factor)}`, lines: ["product of all factors"] });
  if (credit.turns.length > 1) found.push({ title: "credit of turns", value: "", lines: credit.turns.slice(0, 8).map((value, i) => `turn ${i + 1}: ${signed(value)}`) });
  found.push({ title: "token weight", value: `x${number(credit.weight)}`, lines: [`${count(credit.tokens)} tokens, update ${credit.update}`] });
  const value = credit.turns.length === 1 ? credit.turns[0] * credit.weight : null;
  found.push({ title: "each token", value: value === null ? "by turn" : signed(value), lines: ["advantage x weight, before", "ratio and clipping"], kind: sign(value) });
  return found;
}

const sign = (value) => (value > 0 ? "pos" : value < 0 ? "neg" : "");

function stageTitle(name, i, log) {
  if (i === 0) return name === "verdict" ? "raw reward" : `raw reward: ${name}`;
  if (name === "turns") return "gate of turns";
  if (name === log.corrector) return `noise correction: ${name}`;
  return `shaping: ${name}`;
}

function stageLines(name, i, before, value, log) {
  if (i === 0) return [log.observed ? `observed ${log.observed}` : "", log.settled !== undefined ? `settled at ${number(log.settled)}` : "", log.stratum ? `stratum ${log.stratum}` : ""];
  const change = `${signed(value - before)}`;
  if (name === "turns") return [change, `gated ${number(log.gated)}, sum ${number(log.ungated)}`];
  if (name === log.corrector) return [`${number(log.raw)} to ${number(log.corrected)}`, `fpr ${number(log.fpr)}, fnr ${number(log.fnr)}`];
  return [change];
}

function chainOf(row, detail, text, store) {
  const stages = stagesOf(row, detail, text, store);
  return h("section", { class: "chain-box" }, h("h2", null, "Why its tokens got this gradient"),
    h("p", { class: "why" }, reason(row, detail, store)),
    h("ol", { class: "chain" }, stages.map((stage) => h("li", { class: stage.kind || "" },
      h("span", { class: "stage" }, shown(stage.title)), h("b", null, shown(stage.value)),
      stage.lines.filter(Boolean).map((line) => h("small", null, shown(line)))))));
}

/** One sentence. */
function reason(row, detail, store) {
  const log = detail.reward;
  if (!log) return store.columns.origin[row] === "training" ? "Nothing was learned from it yet." : "Nothing is learned from an evaluation: this is how it was judged.";
  if (!log.valid) return "It is masked: the verdict says nothing about the response, so it enters no statistic and has no gradient.";
  const { credit } = log;
  if (!credit) return `It was paid ${number(log.reward)}; the logs of this run do not say what its tokens got.`;
  if (!credit.copies) return "The selection left it out: its reward counts in its group, and its tokens have no gradient.";
  if (!credit.tokens) return "None of its tokens was learned from: they were too old.";
  if (credit.turns.every((value) => value === 0)) {
    const rewards = new Set(groupOf(row, store).map((other) => store.columns.reward[other]).filter((value) => value !== null));
    return rewards.size < 2 ? `All rewards of its group are ${number(log.reward)}: nothing tells its members apart, so there is no gradient.` : "Its advantage is 0: it earned just what is expected of its group.";
  }
  if (credit.turns.length > 1) return `Each turn has an advantage of its own, times the weight ${number(credit.weight)} for each of its tokens.`;
  const value = credit.turns[0] * credit.weight;
  return `Each of its ${count(credit.tokens)} tokens has the advantage ${signed(credit.turns[0])} times the weight ${number(credit.weight)}: update ${credit.update} pushed them to be ${value > 0 ? "more" : "less"} likely.`;
}

function groupOf(row, store) {
  return store.members.get(store.columns.group[row]) || [row];
}
