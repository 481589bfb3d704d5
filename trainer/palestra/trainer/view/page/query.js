// The language of the filter: words, "phrases", and comparisons of columns.

const TERM = /(-?)(?:([a-z]+)(<=|>=|!=|[<>=:])("[^"]*"|\S+)|"([^"]*)"|(\S+))/giy;

/** The terms of a filter; what is no comparison of a column is searched for. */
function parseQuery(text) {
  const terms = [];
  TERM.lastIndex = 0;
  let rest = 0;
  while (rest < text.length) {
    if (/\s/.test(text[rest])) { rest++; continue; }
    TERM.lastIndex = rest;
    const found = TERM.exec(text);
    if (!found) break;
    rest = TERM.lastIndex;
    const [whole, not, column, operator, value, phrase, word] = found;
    const name = column && ({ env: "env", task: "task", key: "key", in: "name" }[column] || column).toLowerCase();
    if (name && (COLUMNS.includes(name) || ["env", "task", "name", "step"].includes(name))) {
      terms.push({ column: name, operator, value: value.replace(/^"|"$/g, ""), not: not === "-" });
    } else {
      const wanted = phrase !== undefined ? phrase : column ? whole.slice(not.length) : word;
      if (wanted) terms.push({ text: wanted.toLowerCase(), not: not === "-" });
    }
  }
  return terms;
}

function compare(found, operator, wanted) {
  switch (operator) {
    case "<": return found < wanted;
    case ">": return found > wanted;
    case "<=": return found <= wanted;
    case ">=": return found >= wanted;
    case "!=": return found !== wanted;
    default: return found === wanted;
  }
}

/** Whether a row passes, for each term; the cheap ones come first. */
function testsOf(store, terms) {
  const tests = [];
  for (const term of terms.filter((each) => each.column)) {
    const column = store.columns[term.column];
    let test;
    if (NUMBERS.includes(term.column)) {
      const wanted = Number(term.value);
      test = (row) => column[row] !== null && compare(column[row], term.operator, wanted);
    } else {
      const wanted = term.value.toLowerCase();
      const isIn = (row) => String(column[row]).toLowerCase().includes(wanted);
      test = term.operator === "!=" ? (row) => !isIn(row)
        : term.operator === "=" ? (row) => String(column[row]).toLowerCase() === wanted : isIn;
    }
    tests.push(term.not ? (row) => !test(row) : test);
  }
  for (const term of terms.filter((each) => !each.column)) {
    const { haystack } = store;
    tests.push((row) => (haystack[row] || "").includes(term.text) !== term.not);
  }
  return tests;
}

/** The rows that pass a filter, in the order that is asked for. */
function select(store, filter) {
  const terms = parseQuery(filter.q || "");
  for (const name of ["name", "env", "outcome"]) {
    if (filter[name]) terms.push({ column: name, operator: "=", value: filter[name], not: false });
  }
  const tests = testsOf(store, terms);
  const rows = [];
  for (let row = 0; row < store.length; row++) {
    let passes = true;
    for (const test of tests) if (!test(row)) { passes = false; break; }
    if (passes) rows.push(row);
  }
  return filter.sort ? sorted(store, rows, filter.sort) : rows;
}

/** Rows by a column; `-name` is downwards. What has no value comes last. */
function sorted(store, rows, by) {
  const down = by.startsWith("-");
  const column = store.columns[by.replace(/^-/, "")];
  if (!column) return rows;
  const sign = down ? -1 : 1;
  return rows.sort((a, b) => {
    const x = column[a], y = column[b];
    if (x === y) return a - b;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return (x < y ? -1 : 1) * sign;
  });
}
