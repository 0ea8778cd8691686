// Names for screen readers where ipywidgets gives none: a slider's handles and readout, groups of
// buttons, and which button is pressed. The words are those of the labels that are shown.

let made = 0;

// An attribute that is set anew is looked at anew, also where it stays as it is.
function set(part, name, value) {
  if (part.getAttribute(name) !== value) part.setAttribute(name, value);
}

function nameSlider(slider, name, tr) {
  const handles = [...slider.querySelectorAll("[role=slider]")];
  const readout = slider.querySelector(".widget-readout");
  const ends = handles.length === 2 ? [tr("{name} from", { name }), tr("{name} to", { name })] : [name];
  handles.forEach((handle, index) => set(handle, "aria-label", ends[index]));
  if (!readout) return;
  readout.id ||= `tw-readout-${(made += 1)}`;
  if (readout.isContentEditable) set(readout, "role", "textbox");
  set(readout, "aria-label", name);
  // A log slider's own value is an exponent, a selection's a position: the readout says it right.
  for (const handle of handles) set(handle, "aria-describedby", readout.id);
}

function nameButtons(group, name) {
  set(group, "role", "group");
  set(group, "aria-label", name);
}

function nameControls(card, tr) {
  for (const strip of card.querySelectorAll(".tw-strip")) {
    const [shown, pin, chart, range] = [".tw-value", ".tw-pin", ".tw-strip-chart", ".tw-range"].map(
      (part) => strip.querySelector(part),
    );
    // A strip that is made anew comes into the page part by part, each of which calls again.
    if (!shown || !pin || !chart || !range) continue;
    // A checkbox has its words beside it, and an empty label besides.
    const label = shown.querySelector(".widget-label-basic") ?? shown.querySelector(".widget-label");
    if (!label) continue;
    const name = label.textContent.trim();
    set(pin, "aria-label", tr("pin {name}", { name }));
    set(chart, "role", "img");
    set(chart, "aria-label", tr("trials by {name}", { name }));
    for (const slider of strip.querySelectorAll(".tw-value.widget-slider")) nameSlider(slider, name, tr);
    const searched = tr("search {name}", { name });
    if (range.matches(".widget-slider")) nameSlider(range, searched, tr);
    else nameButtons(range, searched);
  }
  for (const reach of card.querySelectorAll(".tw-reach")) {
    const name = reach.querySelector(".widget-label")?.textContent.trim();
    if (name) nameSlider(reach, tr("select {name}", { name }), tr);
  }
  for (const group of card.querySelectorAll(".widget-toggle-buttons")) {
    nameButtons(group, group.querySelector(".widget-label").textContent.trim());
  }
  for (const button of card.querySelectorAll(".widget-toggle-button")) {
    set(button, "aria-pressed", String(button.classList.contains("mod-active")));
  }
}

function nameLevels(card) {
  for (const level of card.querySelectorAll(".tw-level")) {
    if (level.classList.contains("tw-here")) set(level, "aria-current", "step");
    else level.removeAttribute("aria-current");
  }
}

function keepNaming(card, tr) {
  const name = () => (nameControls(card, tr), nameLevels(card));
  const changes = new MutationObserver((seen) => {
    // What a chart draws has no names.
    if (seen.some(({ target }) => !(target instanceof SVGElement))) name();
  });
  changes.observe(card, { subtree: true, childList: true, attributeFilter: ["class"] });
  name();
  return () => changes.disconnect();
}

function render({ model, el }) {
  return inCard(el, (card) => keepNaming(card, translator(model)));
}

export default { render };
