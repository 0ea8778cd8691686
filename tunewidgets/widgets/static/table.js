// The run list. It shows what the model holds, keeps its own order, focus and scroll, and reports
// presses; text only ever reaches the page through textContent.

const STATE_COLUMN = 2;
const CHUNK = 40; // rows; a table's layout takes as long as it has rows, also those out of sight
const NEAR = 400; // pixels from the end at which more rows are put in
const CUT = 20;
const STOPPABLE = new Set(["running", "waiting"]);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What is set anew is drawn anew, also where it stays as it is.
function put(part, traits) {
  for (const [name, value] of Object.entries(traits)) if (part[name] !== value) part[name] = value;
}

class Table {
  constructor(model, root) {
    this.model = model;
    this.tr = translator(model);
    this.lines = new Map(); // trial number -> { tr, row, cells }
    this.sort = { column: null, descending: false };
    this.most = CHUNK;
    this.anchor = null;
    this.focused = null;
    this.stopping = new Set();
    this.changed = new Set(); // lines whose runs have come to another state
    this.build(root);
    this.renderHead();
    this.renderRows();
    this.renderMarks();
  }

  build(root) {
    const { tr } = this;
    this.root = root;
    root.classList.add("tw-table-root");
    const head = element("div", "tw-table-head");
    const heading = element("div", "tw-heading", tr("Runs"));
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "3");
    this.told = element("span", "tw-quiet tw-told");
    this.told.setAttribute("role", "status");
    this.use = this.button(tr("Use these values"), () =>
      this.model.send({ kind: "use", number: this.selected()[0] }),
    );
    this.stop = this.button(tr("Stop"), () => this.pressStop());
    head.append(heading, this.told, this.use, this.stop);
    this.scroller = element("div", "tw-scroller");
    this.table = element("table", "tw-table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-multiselectable", "true");
    this.table.setAttribute("aria-label", tr("Runs"));
    this.thead = element("thead");
    this.tbody = element("tbody");
    this.table.append(this.thead, this.tbody);
    this.empty = element("div", "tw-empty-rows", tr("No runs yet"));
    this.scroller.append(this.table, this.empty);
    this.why = element("div", "tw-why");
    this.why.hidden = true;
    root.append(head, this.scroller, this.why);
    this.tbody.addEventListener("click", (event) => this.onClick(event));
    this.tbody.addEventListener("keydown", (event) => this.onKey(event));
    this.scroller.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.scroller;
      if (this.most >= this.lines.size || scrollTop + clientHeight < scrollHeight - NEAR) return;
      this.most += CHUNK;
      this.order(true);
    });
    // Rows under the pointer stay where they are; they are put in order once it leaves.
    this.tbody.addEventListener("pointerenter", () => (this.hovering = true));
    this.tbody.addEventListener("pointerleave", () => {
      this.hovering = false;
      this.order();
    });
  }

  button(text, press) {
    const made = element("button", "tw-small", text);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  selected() {
    return this.model.get("selected");
  }

  // ---- heads -------------------------------------------------------------------------------

  renderHead() {
    const tr = element("tr");
    this.model.get("columns").forEach((column, index) => {
      const th = element("th", column.numeric ? "tw-number" : "");
      th.scope = "col";
      th.title = column.title;
      const press = element("button", "tw-sort", column.label);
      press.type = "button";
      press.addEventListener("click", () => this.sortBy(index));
      th.append(press);
      tr.append(th);
    });
    this.thead.replaceChildren(tr);
    this.renderSort();
    for (const { row } of this.lines.values()) this.renderRow(row, true);
  }

  renderSort() {
    [...this.thead.rows[0].cells].forEach((th, index) => {
      const { column, descending } = this.sort;
      th.setAttribute(
        "aria-sort",
        index !== column ? "none" : descending ? "descending" : "ascending",
      );
    });
  }

  // A third press goes back to the first order: running, then the best first.
  sortBy(index) {
    if (this.sort.column !== index) this.sort = { column: index, descending: false };
    else if (!this.sort.descending) this.sort = { column: index, descending: true };
    else this.sort = { column: null, descending: false };
    this.renderSort();
    this.order(true);
  }

  // ---- rows --------------------------------------------------------------------------------

  renderRows() {
    let isNew = false;
    for (const row of this.model.get("content").rows) {
      const line = this.lines.get(row.number);
      isNew = isNew || !line;
      if (!line || line.row !== row) this.renderRow(row);
    }
    put(this.empty, { hidden: this.lines.size > 0 });
    this.order();
    if (isNew) this.renderMarks();
    else this.renderActions();
  }

  renderRow(row, afresh = false) {
    let line = this.lines.get(row.number);
    if (!line || afresh) {
      const tr = line ? line.tr : element("tr");
      tr.dataset.number = row.number;
      tr.tabIndex = -1;
      const columns = this.model.get("columns");
      const cells = columns.map((column) => element("td", column.numeric ? "tw-number" : ""));
      tr.replaceChildren(...cells);
      line = { tr, row: null, cells };
      this.lines.set(row.number, line);
      if (!tr.parentNode && this.lines.size <= this.most) this.tbody.append(tr);
    }
    const before = line.row;
    line.row = row;
    if (before && before.state !== row.state) this.changed.add(line.tr);
    put(line.tr.dataset, { state: row.state });
    if (!STOPPABLE.has(row.state)) this.stopping.delete(row.number);
    row.cells.forEach((text, index) => {
      if (before && before.cells[index] === text && before.fails === row.fails) return;
      const td = line.cells[index];
      if (!td) return;
      if (index === STATE_COLUMN) this.renderState(td, row, text);
      else td.textContent = text;
      put(td, { title: text.length > CUT ? text : "" }); // it may not fit
    });
    line.tr.classList.toggle("tw-best", row.keys[0] === 1);
    if (row.keys[0] === 1) line.cells[0].textContent = "★";
  }

  renderState(td, row, text) {
    const { tr } = this;
    td.replaceChildren(element("span", `tw-dot tw-${row.state}`), text);
    if (!row.fails) return;
    const why = this.button(tr("why?"), (event) => {
      event.stopPropagation();
      this.asking = row.number;
      this.model.send({ kind: "why", number: row.number });
    });
    why.classList.add("tw-link");
    why.setAttribute("aria-label", tr("Why did #{number} fail?", { number: row.number }));
    td.append(why);
  }

  order(now = false) {
    if (this.hovering && !now) return;
    const lines = [...this.lines.values()].sort((a, b) => this.compare(a.row, b.row));
    put(this.table, { ariaRowCount: String(lines.length + 1) });
    lines.splice(this.most);
    const focused = this.tbody.contains(document.activeElement) ? document.activeElement : null;
    // A run that ends goes further down. Once it is taken out, the others stay where they are.
    for (const tr of this.changed) tr.remove();
    this.changed.clear();
    let at = this.tbody.firstElementChild;
    for (const { tr } of lines) {
      if (tr === at) at = at.nextElementSibling;
      else this.tbody.insertBefore(tr, at);
    }
    while (this.tbody.rows.length > lines.length) this.tbody.lastElementChild.remove();
    if (focused !== document.activeElement) focused?.focus({ preventScroll: true });
    if (lines.length && !this.lines.has(this.focused)) this.focusOn(lines[0].row.number, false);
  }

  compare(a, b) {
    const { column, descending } = this.sort;
    if (column === null) {
      return (
        a.keys[STATE_COLUMN] - b.keys[STATE_COLUMN] ||
        (a.keys[0] ?? Infinity) - (b.keys[0] ?? Infinity) ||
        a.number - b.number
      );
    }
    const [x, y] = [a.keys[column], b.keys[column]];
    if (x === null || y === null) return (x === null) - (y === null) || a.number - b.number;
    const sign = descending ? -1 : 1;
    const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(y);
    return sign * less || a.number - b.number;
  }

  // ---- selection ---------------------------------------------------------------------------

  renderMarks() {
    const [selected, colours] = [new Set(this.selected()), this.model.get("colours")];
    for (const [number, line] of this.lines) {
      const { tr } = line;
      put(tr, { ariaSelected: String(selected.has(number)) });
      const colour = colours[number] ?? "transparent";
      if (line.colour !== colour) tr.style.setProperty("--tw-own", colour);
      line.colour = colour;
    }
    this.renderActions();
  }

  renderActions() {
    const { tr } = this;
    const selected = this.selected().filter((number) => this.lines.has(number));
    const live = selected.filter((n) => STOPPABLE.has(this.lines.get(n).row.state));
    const idle = live.filter((n) => !this.stopping.has(n));
    const named = selected.slice(0, 6).map((n) => `#${n}`).join(", ");
    const trials = selected.length > 6 ? `${named} …` : named;
    put(this.told, {
      textContent: selected.length
        ? tr("{trials} selected", { trials })
        : this.lines.size
          ? tr("Select a row to highlight its curve")
          : "",
    });
    const usable = selected.length === 1;
    put(this.use, {
      disabled: !usable,
      title: usable
        ? tr("Load the values of #{number} into the controls", { number: selected[0] })
        : tr("Select one row first"),
    });
    put(this.stop, {
      disabled: idle.length === 0,
      textContent: live.length && !idle.length ? tr("Stopping") : tr("Stop"),
      title: live.length
        ? tr("End the selected runs")
        : tr("Select a running or waiting row first"),
    });
  }

  pressStop() {
    const numbers = this.selected().filter(
      (n) => this.lines.has(n) && STOPPABLE.has(this.lines.get(n).row.state),
    );
    numbers.forEach((n) => this.stopping.add(n));
    this.model.send({ kind: "stop", numbers });
    this.renderActions();
  }

  onClick(event) {
    const tr = event.target.closest("tr");
    if (!tr || event.target.closest("button")) return;
    this.choose(Number(tr.dataset.number), event.ctrlKey || event.metaKey, event.shiftKey);
  }

  choose(number, add, extend) {
    const [order, before] = [this.numbers(), this.selected()];
    let numbers;
    if (extend && order.includes(this.anchor)) {
      const [i, j] = [order.indexOf(this.anchor), order.indexOf(number)];
      const span = order.slice(Math.min(i, j), Math.max(i, j) + 1);
      numbers = add ? [...new Set([...before, ...span])] : span;
    } else {
      this.anchor = number;
      const isOn = before.includes(number);
      if (add) numbers = isOn ? before.filter((n) => n !== number) : [...before, number];
      else numbers = isOn && before.length === 1 ? [] : [number];
    }
    this.focusOn(number, true);
    this.select(numbers);
  }

  // Shown at once; the kernel's answer is the same, or right.
  select(numbers) {
    this.model.set("selected", numbers);
    this.model.send({ kind: "select", numbers });
  }

  numbers() {
    return [...this.tbody.rows].map((tr) => Number(tr.dataset.number));
  }

  onKey(event) {
    const order = this.numbers();
    const at = order.indexOf(this.focused);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }[event.key];
    if (event.target.closest("button")) return;
    if (to !== undefined) {
      const number = order[Math.max(0, Math.min(order.length - 1, to))];
      this.focusOn(number, true);
      if (event.shiftKey) this.choose(number, false, true);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this.focused, event.ctrlKey || event.metaKey || event.key === " ", event.shiftKey);
    } else if (event.key === "Escape") {
      this.select([]);
    } else return;
    // The notebook has meanings of its own for these keys.
    event.preventDefault();
    event.stopPropagation();
  }

  focusOn(number, move) {
    const [old, line] = [this.lines.get(this.focused), this.lines.get(number)];
    if (old) old.tr.tabIndex = -1;
    this.focused = number;
    line.tr.tabIndex = 0;
    if (move) line.tr.focus({ preventScroll: false });
  }

  // ---- why it failed -----------------------------------------------------------------------

  hear(message) {
    if (message.kind !== "why" || message.number !== this.asking) return;
    this.asking = null;
    const close = this.button(this.tr("Close"), () => (this.why.hidden = true));
    const sentence = element("div", "tw-line tw-error", `#${message.number}: ${message.error}`);
    sentence.setAttribute("role", "alert");
    const parts = [sentence];
    if (message.traceback) {
      const details = element("details");
      details.append(
        element("summary", "", this.tr("Where it happened")),
        element("pre", "", message.traceback),
      );
      parts.push(details);
    }
    parts.push(close);
    this.why.replaceChildren(...parts);
    this.why.hidden = false;
    this.why.scrollIntoView({ block: "nearest" });
  }
}

function render({ model, el }) {
  const table = new Table(model, el);
  const listeners = {
    "change:columns": () => table.renderHead(),
    "change:content": () => table.renderRows(),
    "change:selected": () => table.renderMarks(),
    "change:colours": () => table.renderMarks(),
    "msg:custom": (message) => table.hear(message),
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { initialize, render };
