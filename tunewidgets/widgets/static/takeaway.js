// Take it away: asks the kernel for a file or for code, with a token of this page's own, and saves
// or shows what comes back under that token. Text only ever reaches the page through textContent.

const kinds = (tr) => [
  ["model", tr("Best model"), tr("The weights that the best run ended with, as a .keras file")],
  [
    "retrained",
    tr("Retrained model"),
    tr("The best values, trained on all of x and y, as a .keras file"),
  ],
  ["code", tr("Code"), tr("The call that trained the selected trial, or else the best, to paste")],
  ["csv", tr("Trials as CSV"), tr("Every trial, a row each")],
  ["report", tr("Report"), tr("The study as one HTML page, which opens offline")],
];
const FORGET_MS = 60_000;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function save(name, mime, data) {
  const address = URL.createObjectURL(new Blob([data], { type: mime }));
  const link = element("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), FORGET_MS);
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

class Shelf {
  constructor(model, root) {
    this.model = model;
    this.tr = translator(model);
    this.waiting = new Map(); // token -> kind
    this.buttons = new Map();
    root.classList.add("tw-shelf");
    const heading = element("div", "tw-heading", this.tr("Take it away"));
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "3");
    const row = element("div", "tw-shelf-row");
    for (const [kind, words, title] of kinds(this.tr)) {
      const button = element("button", "jupyter-button jupyter-widgets tw-small", words);
      button.type = "button";
      button.addEventListener("click", () => this.ask(kind));
      this.buttons.set(kind, { button, words, title });
      row.append(button);
    }
    this.told = element("div", "tw-line");
    this.told.setAttribute("role", "status");
    this.code = element("div", "tw-code");
    this.code.hidden = true;
    root.append(heading, row, this.told, this.code);
    this.refresh();
  }

  ask(kind) {
    const token = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.waiting.set(token, kind);
    const isModel = kind === "model" || kind === "retrained";
    this.say(isModel ? this.tr("Making the model: some seconds") : "");
    this.refresh();
    this.model.send({ kind, token });
  }

  hear(message, buffers) {
    const kind = this.waiting.get(message.token);
    if (kind === undefined) return;
    this.waiting.delete(message.token);
    this.refresh();
    if (message.error) {
      this.say(message.error, true);
    } else if (kind === "code") {
      this.say("");
      this.show(message.name, new TextDecoder().decode(buffers[0]));
    } else {
      save(message.name, message.mime, buffers[0]);
      const saved = { name: message.name, size: size(buffers[0].byteLength) };
      this.say(this.tr("Saved {name} ({size})", saved));
    }
  }

  show(name, text) {
    const { tr } = this;
    const pre = element("pre", "", text);
    pre.tabIndex = 0;
    pre.setAttribute("aria-label", name);
    const copy = this.small(tr("Copy"), async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        // Only secure pages may write to the clipboard: select the text, for the keyboard to copy.
        getSelection().selectAllChildren(pre);
        this.say(tr("Selected: press Ctrl+C"));
        return;
      }
      this.say(tr("Copied"));
    });
    const keep = this.small(tr("Save as file"), () => save(name, "text/x-python", text));
    const close = this.small(tr("Close"), () => {
      this.code.hidden = true;
      this.say("");
      this.buttons.get("code").button.focus();
    });
    const row = element("div", "tw-shelf-row");
    row.append(copy, keep, close);
    this.code.replaceChildren(pre, row);
    this.code.hidden = false;
    copy.focus();
  }

  small(words, act) {
    const button = element("button", "jupyter-button jupyter-widgets tw-small", words);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  say(sentence, isError = false) {
    this.told.textContent = sentence;
    this.told.classList.toggle("tw-error", isError);
    this.told.setAttribute("role", isError ? "alert" : "status");
  }

  refresh() {
    const busy = new Set(this.waiting.values());
    const reasons = this.model.get("reasons");
    for (const [kind, { button, words, title }] of this.buttons) {
      const reason = kind in reasons ? reasons[kind] : this.tr("Nothing has been trained yet");
      button.disabled = busy.has(kind) || Boolean(reason);
      button.title = reason || title;
      button.textContent = busy.has(kind) ? this.tr("Preparing…") : words;
    }
  }
}

function render({ model, el }) {
  const shelf = new Shelf(model, el);
  const hear = (message, buffers) => shelf.hear(message, buffers);
  const refresh = () => shelf.refresh();
  model.on("msg:custom", hear);
  model.on("change:reasons", refresh);
  return () => {
    model.off("msg:custom", hear);
    model.off("change:reasons", refresh);
  };
}

export default { render };
