// A model's prediction on data of one or two columns. The map is a canvas, coloured between the
// grid's points, so that a boundary is a smooth line; axes, curves and points lie above it as SVG.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 10, right: 108, bottom: 40, left: 58 };
const SYMBOL = 3.4; // half the size of a point, in pixels
const FAINTEST = 0.1;
const FULLEST = 0.55; // points of a class stand out from where it is predicted for certain
const SUREST = 16; // nearly what float32 can tell from certainty, as log odds

function add(parent, tag, attributes = {}, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const floats = (view) => {
  const copy = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return new Float32Array(copy);
};

// Between the grid's points, logarithms of probabilities are nearly straight; where a model is
// sure of itself, probabilities are steps, and a boundary would be a staircase.
const logs = (values, n) => values.map((p) => (
  n === 1
    ? Math.min(SUREST, Math.max(-SUREST, Math.log(p) - Math.log(1 - p)))
    : Math.max(-SUREST, Math.log(p))
));

// How sure the best of n classes is, from 0 (as likely as any other) to 1.
const sureness = (told, best) => {
  if (told.length === 1) return Math.abs(Math.tanh(told[0] / 2));
  const all = told.reduce((sum, one) => sum + Math.exp(one - told[best]), 0);
  return (1 / all - 1 / told.length) / (1 - 1 / told.length);
};

// Shapes tell classes apart too, not colours alone.
const SYMBOLS = [
  (x, y, r) => `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
  (x, y, r) => `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (x, y, r) => `M${x},${y - 1.2 * r}l${1.2 * r},${2.2 * r}h${-2.4 * r}z`,
  (x, y, r) => `M${x},${y - 1.4 * r}l${1.4 * r},${1.4 * r}l${-1.4 * r},${1.4 * r}l${-1.4 * r},${-1.4 * r}z`,
  (x, y, r) => `M${x},${y + 1.2 * r}l${1.2 * r},${-2.2 * r}h${-2.4 * r}z`,
  (x, y, r) => `M${x - r},${y - r / 2.5}h${2 * r}v${r / 1.25}h${-2 * r}z`,
];

function render({ model, el }) {
  const tr = translator(model);
  const canvas = document.createElement("canvas");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "img");
  el.classList.add("tw-figure", "tw-thinking");
  el.append(canvas, svg);

  const css = (colour) => {
    svg.style.color = colour;
    const parts = getComputedStyle(svg).color.match(/[\d.]+/g).map(Number);
    return parts.slice(0, 3);
  };
  const mix = (a, b, share) => a.map((part, i) => part + (b[i] - part) * share);
  const classColour = (index) => {
    const all = model.get("colours");
    return all[index % all.length];
  };
  const along = (ramp, value, [low, high]) => {
    const at = Math.min(1, Math.max(0, (value - low) / (high - low))) * (ramp.length - 1);
    const first = Math.min(Math.floor(at), ramp.length - 2);
    return mix(ramp[first], ramp[first + 1], at - first);
  };

  // Where the plot lies within the card, and how figures become pixels.
  const frame = () => {
    const { is_map: isMap, axes } = model.get("view");
    const [width, height] = [el.clientWidth, el.clientHeight];
    const h = height - MARGIN.top - MARGIN.bottom;
    let w = width - MARGIN.left - MARGIN.right;
    if (isMap) {
      const ratio = (axes[0].high - axes[0].low) / (axes[1].high - axes[1].low);
      w = Math.min(w, h * (ratio >= 0.8 && ratio <= 2.5 ? ratio : 1.5));
    }
    const left = isMap ? Math.max(MARGIN.left, (width - w - MARGIN.right + MARGIN.left) / 2) : MARGIN.left;
    const scale = ({ low, high }, from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);
    return {
      width, height, w, h, left, top: MARGIN.top,
      x: scale(axes[0], left, left + w),
      y: scale(axes[1], MARGIN.top + h, MARGIN.top),
    };
  };

  const paintMap = (at, given) => {
    const { kind, sides: [nx, ny], limits } = model.get("view");
    const [w, h] = [Math.round(at.w), Math.round(at.h)];
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { left: `${at.left}px`, top: `${at.top}px`, width: `${at.w}px`, height: `${at.h}px` });
    if (!given.length) return;
    const n = given.length / (nx * ny);
    const values = kind === "quantity" ? given : logs(given, n);
    const surface = css("var(--tw-surface)");
    const line = css("var(--tw-text)");
    const ramp = model.get("ramp").map(css);
    const classes = Array.from({ length: Math.max(n, 2) }, (_, i) => css(classColour(i)));
    const context = canvas.getContext("2d");
    const image = context.createImageData(w, h);
    const chosen = new Int16Array(w * h).fill(-1);
    const told = new Float32Array(n);
    for (let py = 0; py < h; py += 1) {
      const gy = (1 - (py + 0.5) / h) * (ny - 1);
      const j = Math.min(Math.floor(gy), ny - 2);
      const v = gy - j;
      for (let px = 0; px < w; px += 1) {
        const gx = ((px + 0.5) / w) * (nx - 1);
        const i = Math.min(Math.floor(gx), nx - 2);
        const u = gx - i;
        const a = (j * nx + i) * n;
        for (let k = 0; k < n; k += 1) {
          const below = values[a + k] * (1 - u) + values[a + n + k] * u;
          const b = a + nx * n;
          const above = values[b + k] * (1 - u) + values[b + n + k] * u;
          told[k] = below * (1 - v) + above * v;
        }
        if (Number.isNaN(told[0])) continue;
        const pixel = py * w + px;
        let colour;
        if (kind === "quantity") colour = along(ramp, told[0], limits);
        else {
          let best = kind === "binary" && told[0] >= 0 ? 1 : 0;
          for (let k = 1; k < n; k += 1) if (told[k] > told[best]) best = k;
          const sure = sureness(told, kind === "binary" ? 0 : best);
          chosen[pixel] = best;
          colour = mix(surface, classes[best], FAINTEST + (FULLEST - FAINTEST) * sure);
          const isEdge = (px > 0 && chosen[pixel - 1] !== best) || (py > 0 && chosen[pixel - w] !== best);
          if (isEdge) colour = mix(colour, line, 0.6);
        }
        image.data.set([...colour, 255], pixel * 4);
      }
    }
    context.putImageData(image, 0, 0);
  };

  const drawAxes = (at) => {
    const { axes: [x, y], is_map: isMap } = model.get("view");
    const [right, bottom] = [at.left + at.w, at.top + at.h];
    add(svg, "path", { class: "tw-thinking-axis", d: `M${at.left},${at.top}V${bottom}H${right}` });
    for (const [value, text] of x.ticks) {
      add(svg, "path", { class: "tw-thinking-axis", d: `M${at.x(value)},${bottom}v4` });
      add(svg, "text", { x: at.x(value), y: bottom + 16, "text-anchor": "middle" }, text);
    }
    for (const [value, text] of y.ticks) {
      if (!isMap) add(svg, "path", { class: "tw-thinking-grid", d: `M${at.left},${at.y(value)}H${right}` });
      add(svg, "path", { class: "tw-thinking-axis", d: `M${at.left},${at.y(value)}h-4` });
      add(svg, "text", { x: at.left - 8, y: at.y(value) + 4, "text-anchor": "end" }, text);
    }
    add(svg, "text", { x: at.left + at.w / 2, y: bottom + 34, "text-anchor": "middle" }, x.name);
    const middle = at.top + at.h / 2;
    const turn = `translate(${at.left - 44},${middle}) rotate(-90)`;
    add(svg, "text", { transform: turn, "text-anchor": "middle" }, y.name);
  };

  const drawPoints = (at) => {
    const { kind, is_map: isMap, limits } = model.get("view");
    const points = floats(model.get("points"));
    const ramp = kind === "quantity" && isMap ? model.get("ramp").map(css) : [];
    const paths = new Map();
    for (let i = 0; i < points.length; i += 3) {
      const [px, py, last] = [at.x(points[i]).toFixed(1), at.y(points[i + 1]).toFixed(1), points[i + 2]];
      const isClass = kind !== "quantity";
      const fill = isClass ? classColour(last)
        : isMap ? `rgb(${along(ramp, last, limits).map(Math.round)})` : "var(--tw-calm)";
      const symbol = SYMBOLS[isClass ? last % SYMBOLS.length : 0];
      const key = isClass ? last : fill;
      if (!paths.has(key)) paths.set(key, { fill, d: [] });
      paths.get(key).d.push(symbol(Number(px), Number(py), SYMBOL));
    }
    for (const { fill, d } of paths.values()) {
      add(svg, "path", { class: "tw-thinking-points", style: `fill: ${fill}`, d: d.join("") });
    }
  };

  const drawCurves = (at, values) => {
    const { kind, sides: [n], axes: [x, y] } = model.get("view");
    const k = values.length / n;
    const [low, high] = [y.low - (y.high - y.low), y.high + (y.high - y.low)];
    for (let j = 0; j < k; j += 1) {
      let d = "";
      for (let i = 0; i < n; i += 1) {
        const value = Math.min(high, Math.max(low, values[i * k + j]));
        if (Number.isNaN(value)) continue;
        const px = at.x(x.low + ((x.high - x.low) * i) / (n - 1));
        d += `${d ? "L" : "M"}${px.toFixed(1)},${at.y(value).toFixed(1)}`;
      }
      const stroke = kind === "classes" ? classColour(j) : model.get("colour");
      add(svg, "path", { class: "tw-thinking-curve", style: `stroke: ${stroke}`, d, "clip-path": `url(#${clip})` });
    }
  };

  const drawLegend = (at) => {
    const { kind, is_map: isMap, legend, ticks, limits } = model.get("view");
    const x = at.left + at.w + 18;
    const word = (row, text) => add(svg, "text", { x: x + 14, y: at.top + 14 + 18 * row }, text);
    legend.forEach((text, index) => {
      const [px, py] = [x + 4, at.top + 10 + 18 * index];
      const d = SYMBOLS[index % SYMBOLS.length](px, py, SYMBOL + 0.8);
      add(svg, "path", { class: "tw-thinking-points", style: `fill: ${classColour(index)}`, d });
      word(index, text);
    });
    if (kind !== "quantity") return;
    if (!isMap) {
      add(svg, "path", { class: "tw-thinking-points", style: "fill: var(--tw-calm)", d: SYMBOLS[0](x + 4, at.top + 10, SYMBOL) });
      word(0, tr("data"));
      add(svg, "path", { class: "tw-thinking-curve", style: `stroke: ${model.get("colour")}`, d: `M${x - 4},${at.top + 28}h14` });
      word(1, tr("prediction"));
      return;
    }
    const ramp = model.get("ramp");
    const step = at.h / ramp.length;
    [...ramp].reverse().forEach((colour, index) => {
      add(svg, "rect", { x, y: at.top + index * step, width: 10, height: step + 0.5, style: `fill: ${colour}` });
    });
    for (const [value, text] of ticks) {
      const y = at.top + at.h * (1 - (value - limits[0]) / (limits[1] - limits[0]));
      add(svg, "text", { x: x + 16, y: y + 4 }, text);
    }
  };

  const clip = `tw-clip-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  let due = 0;
  const draw = () => {
    due = 0;
    const view = model.get("view");
    if (!view.axes || !el.clientWidth || el.clientHeight <= MARGIN.top + MARGIN.bottom) return;
    const at = frame();
    const values = floats(model.get("values"));
    svg.replaceChildren();
    svg.setAttribute("width", at.width);
    svg.setAttribute("height", at.height);
    svg.setAttribute("aria-label", model.get("words"));
    svg.classList.toggle("tw-thinking-faint", !values.length);
    const area = add(add(svg, "defs"), "clipPath", { id: clip });
    add(area, "rect", { x: at.left, y: at.top, width: at.w, height: at.h });
    canvas.hidden = !view.is_map;
    if (view.is_map) paintMap(at, values);
    drawAxes(at);
    drawPoints(at);
    if (!view.is_map) drawCurves(at, values);
    drawLegend(at);
  };
  const soon = () => {
    due = due || requestAnimationFrame(draw);
  };
  const size = new ResizeObserver(soon);
  size.observe(el);
  const theme = new MutationObserver(soon);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  const names = ["view", "points", "values", "words", "colour"].map((name) => `change:${name}`);
  for (const name of names) model.on(name, soon);
  soon();
  return () => {
    size.disconnect();
    theme.disconnect();
    cancelAnimationFrame(due);
    for (const name of names) model.off(name, soon);
  };
}

export default { render };
