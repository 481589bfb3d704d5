// Curves: lines with bands, alarms as marks, and the numbers under the pointer.

const WIDTH = 460, HEIGHT = 210, LEFT = 46, RIGHT = 12, TOP = 10, BOTTOM = 24;

function ticks(low, high, wanted = 4) {
  if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-90)) {
    const spread = Math.abs(low) / 2 || 0.5;
    low -= spread;
    high += spread;
  }
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9));
  const found = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i++) found.push(i * step);
  return found;
}

/** A chart as a figure.
 * chart: {title, caption, lines: [{label, x, y, low, high}]}; marks: steps at which an alarm went off;
 * range: [first, last] step, or null for all. */
function figure(chart, marks = [], range = null) {
  const lines = chart.lines.map((line) => within(line, range)).filter((line) => line.x.length);
  if (!lines.length) return null;
  const xs = lines.flatMap((line) => line.x);
  const ys = lines.flatMap((line) => [...line.y, ...(line.low || []), ...(line.high || [])])
    .filter((y) => y !== null && Math.abs(y) < 1e100);
  const xTicks = ticks(least(xs), greatest(xs)), yTicks = ticks(least(ys), greatest(ys));
  const steps = xTicks.filter((tick) => Number.isInteger(tick));
  const x0 = least(xs), x1 = greatest(xs) > x0 ? greatest(xs) : x0 + 1;
  const y0 = yTicks[0], y1 = yTicks.at(-1);
  const X = (x) => LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const Y = (y) => HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const last = lines.map((line) => `${line.label} ${number(line.y.at(-1))}`).join(", ");
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${chart.title}: ${last} at the end` });
  for (const tick of yTicks) {
    put(drawing, svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: Y(tick), y2: Y(tick) }),
      svg("text", { x: LEFT - 6, y: Y(tick) + 4, "text-anchor": "end" }, number(tick, 4)));
  }
  for (const tick of steps.filter((each) => each >= x0 && each <= x1)) {
    put(drawing, svg("text", { x: X(tick), y: HEIGHT - 6, "text-anchor": "middle" }, number(tick)));
  }
  for (const step of new Set(marks.filter((each) => each >= x0 && each <= x1))) {
    put(drawing, svg("line", { class: "alarm-mark", x1: X(step), x2: X(step), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  lines.forEach((line, i) => put(drawing, drawn(line, i, X, Y)));
  const cross = svg("line", { class: "cross", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  put(drawing, cross);
  follow(drawing, cross, lines, X);
  const legend = lines.length > 1 && h("div", { class: "legend" },
    lines.map((line, i) => h("span", { class: `c${i % 6}` }, h("i"), shown(line.label))));
  const value = lines.length === 1 && h("b", { class: "now" }, number(lines[0].y.at(-1)));
  return h("figure", { class: "chart" },
    h("figcaption", null, h("strong", null, chart.title), value, h("small", null, chart.caption)), drawing, legend);
}

const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

function within(line, range) {
  const kept = line.x.map((_, i) => i).filter((i) => line.y[i] !== null && (!range || (line.x[i] >= range[0] && line.x[i] <= range[1])));
  const size = Math.ceil(kept.length / 400);
  const thin = size > 1 ? kept.filter((_, i) => i % size === 0 || i === kept.length - 1) : kept;
  const of = (values) => values && thin.map((i) => values[i]);
  return { label: line.label, x: of(line.x), y: of(line.y), low: of(line.low), high: of(line.high) };
}

function drawn(line, i, X, Y) {
  const path = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const nodes = [];
  const banded = line.low ? line.x.map((_, j) => j).filter((j) => line.low[j] !== null && line.high[j] !== null) : [];
  if (banded.length > 1) {
    const outline = [...banded.map((j) => [X(line.x[j]), Y(line.low[j])]), ...banded.toReversed().map((j) => [X(line.x[j]), Y(line.high[j])])];
    nodes.push(svg("polygon", { class: `band c${i % 6}`, points: path(outline) }));
  } else {
    for (const j of banded) {
      nodes.push(svg("line", { class: `bar c${i % 6}`, x1: X(line.x[j]), x2: X(line.x[j]), y1: Y(line.low[j]), y2: Y(line.high[j]) }));
    }
  }
  nodes.push(svg("polyline", { class: `line c${i % 6}`, points: path(line.x.map((x, j) => [X(x), Y(line.y[j])])) }));
  if (line.x.length <= 40) {
    line.x.forEach((x, j) => nodes.push(svg("circle", { class: `dot c${i % 6}`, cx: X(x), cy: Y(line.y[j]), r: 2.6 })));
  }
  return nodes;
}

/** The numbers of the step that is nearest to the pointer. */
function follow(drawing, cross, lines, X) {
  const steps = [...new Set(lines.flatMap((line) => line.x))];
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    const step = steps.reduce((best, each) => (Math.abs(X(each) - at) < Math.abs(X(best) - at) ? each : best), steps[0]);
    cross.setAttribute("x1", X(step));
    cross.setAttribute("x2", X(step));
    cross.setAttribute("visibility", "visible");
    const rows = lines.map((line, i) => {
      const j = line.x.indexOf(step);
      if (j < 0) return null;
      const band = line.low && line.low[j] !== null ? ` [${number(line.low[j])}, ${number(line.high[j])}]` : "";
      return h("div", { class: `c${i % 6}` }, h("i"), shown(line.label), " ", h("b", null, number(line.y[j])), band);
    });
    tip.show(cross, [h("div", { class: "soft" }, `step ${step}`), rows]);
  });
  drawing.addEventListener("pointerleave", () => { cross.setAttribute("visibility", "hidden"); tip.hide(); });
}
