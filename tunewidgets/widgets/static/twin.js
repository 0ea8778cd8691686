// A chart's table, and saving the chart as a picture or as data. Text only ever reaches the page
// through textContent.

const SCALE = 2; // pixels of a saved PNG to one of the page
const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor",
  "dominant-baseline", "paint-order", "visibility", "display",
];
const SVG = "http://www.w3.org/2000/svg";

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// ---- pictures ------------------------------------------------------------------------------

// The page's style sheets and variables do not go with a file: every element gets what they say.
// A brush stays behind.
function copyStyles(from, to) {
  const style = getComputedStyle(from);
  to.removeAttribute("class");
  for (const name of STYLES) to.style.setProperty(name, style.getPropertyValue(name));
  const copies = [...to.children];
  [...from.children].forEach((child, index) => {
    if (child.matches(".selector")) copies[index].remove();
    else copyStyles(child, copies[index]);
  });
}

function surface(part) {
  for (let at = part; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== "transparent" && !/, 0\)$/.test(colour)) return colour;
  }
  return "white";
}

function picture(figure) {
  const { width, height, left, top } = figure.getBoundingClientRect();
  const whole = document.createElementNS(SVG, "svg");
  whole.setAttribute("xmlns", SVG);
  whole.setAttribute("width", width);
  whole.setAttribute("height", height);
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const back = document.createElementNS(SVG, "rect");
  back.setAttribute("width", "100%");
  back.setAttribute("height", "100%");
  back.setAttribute("fill", surface(figure));
  whole.append(back);
  for (const part of figure.querySelectorAll(":scope > svg, :scope > canvas:not([hidden])")) {
    const isDrawn = part.matches("canvas");
    const copy = isDrawn ? document.createElementNS(SVG, "image") : part.cloneNode(true);
    if (isDrawn) copy.setAttribute("href", part.toDataURL());
    else copyStyles(part, copy);
    const box = part.getBoundingClientRect();
    copy.setAttribute("x", box.left - left);
    copy.setAttribute("y", box.top - top);
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    whole.append(copy);
  }
  return new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" });
}

async function painted(svg, { width, height }) {
  const address = URL.createObjectURL(svg);
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function download(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---- the table -----------------------------------------------------------------------------

function makeTable({ caption, heads, numeric, rows }) {
  const table = element("table", "tw-table");
  table.append(element("caption", "", caption));
  const tr = element("tr");
  heads.forEach((head, index) => {
    const th = element("th", numeric[index] ? "tw-number" : "", head);
    th.scope = "col";
    tr.append(th);
  });
  const [thead, tbody] = [element("thead"), element("tbody")];
  thead.append(tr);
  for (const row of rows) {
    const line = element("tr");
    row.forEach((text, index) => {
      line.append(element("td", numeric[index] ? "tw-number" : "", text));
    });
    tbody.append(line);
  }
  table.append(thead, tbody);
  return table;
}

function render({ model, el }) {
  const tr = translator(model);
  const [title, file] = [model.get("title"), model.get("file")];
  const token = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const bar = element("div", "tw-twin-bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", tr("{title}: table and saving", { title }));
  const cover = element("div", "tw-twin-table");
  cover.tabIndex = 0;
  cover.setAttribute("role", "region");
  cover.setAttribute("aria-label", tr("{title} as a table", { title }));
  const figure = () => el.closest(".tw-chart").querySelector(".tw-figure");
  const button = (text, name, press) => {
    const made = element("button", "tw-twin-button", text);
    made.type = "button";
    made.title = name;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", press);
    bar.append(made);
    return made;
  };
  const toggle = button(tr("Table"), tr("{title} as a table", { title }), () => {
    model.set("is_open", !model.get("is_open"));
    model.save_changes();
  });
  button("PNG", tr("Save {title} as a PNG picture", { title }), async () => {
    const box = figure().getBoundingClientRect();
    download(await painted(picture(figure()), box), `${file}.png`);
  });
  button("SVG", tr("Save {title} as an SVG picture", { title }), () => download(picture(figure()), `${file}.svg`));
  button("CSV", tr("Save the data of {title} as CSV", { title }), () => model.send({ kind: "csv", token }));

  const draw = () => {
    const isOpen = model.get("is_open");
    toggle.setAttribute("aria-pressed", String(isOpen));
    cover.hidden = !isOpen;
    const content = model.get("content");
    if (!isOpen || !content.heads) cover.replaceChildren();
    else {
      const at = cover.scrollTop;
      cover.replaceChildren(makeTable(content));
      cover.scrollTop = at;
    }
  };
  const hear = (message) => {
    if (message.kind !== "csv" || message.token !== token) return;
    download(new Blob([message.text], { type: "text/csv" }), `${file}.csv`);
  };
  el.classList.add("tw-twin-root");
  el.append(cover, bar);
  draw();
  model.on("change:is_open", draw);
  model.on("change:content", draw);
  model.on("msg:custom", hear);
  return () => {
    model.off("change:is_open", draw);
    model.off("change:content", draw);
    model.off("msg:custom", hear);
  };
}

export default { render };
