// What becomes of a number that is typed. ipywidgets moves one that is out of bounds to the nearest
// that may be, and puts back what was there where something else is typed: both without a word, so
// here are the words. What is typed beside a slider it hears of with Enter alone, so that a person
// who goes on otherwise sees a number that does not hold: leaving is taken for Enter.

const READOUT = ".tw-strip .widget-readout[contenteditable]";
const FIELD = ".tw-field > input[type=number]";
const NUMBER = "\\s*([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?)";

// As ipywidgets reads it: a number at the beginning, or two with a dash or a colon between.
function numbers(text, isRange) {
  const between = isRange ? `\\s*[-:\u2013]${NUMBER}` : "";
  const found = text.match(new RegExp(`^${NUMBER}${between}`, "i"));
  return found ? found.slice(1).map(Number) : [];
}

function limits(readout) {
  const slider = readout.parentElement.querySelector(".noUi-target").noUiSlider;
  const { min, max } = slider.options.range;
  // A log slider's own numbers are exponents.
  const isLog = readout.closest(".tw-log");
  return [min, max].map((end) => (isLog ? 10 ** end : Number(end)));
}

// Typing an end as it is shown, with fewer digits than it has, is no mistake.
const isBelow = (a, b) => a < b && Math.abs(a - b) > 0.005 * Math.abs(b);

// `kept` is what the page shows afterwards: a number, or two with a dash between.
function sentence(name, typed, kept, [least, greatest], tr) {
  const ends = kept.split("\u2013").map((end) => end.trim());
  const given = numbers(typed, ends.length === 2);
  const [low, high] = [given[0], given.at(-1)];
  if (!given.length) return tr("{name} must be a number: it stays {kept}", { name, kept });
  if (low > high) return tr("{name} must go from low to high: it stays {kept}", { name, kept });
  if (isBelow(low, least)) {
    return tr("{name} must be at least {end}: {typed} became {kept}", { name, end: ends[0], typed, kept });
  }
  if (isBelow(greatest, high)) {
    return tr("{name} must be at most {end}: {typed} became {kept}", { name, end: ends.at(-1), typed, kept });
  }
  return "";
}

function ofReadout(readout, typed, tr) {
  const name = readout.closest(".tw-strip").querySelector(".tw-value .widget-label").textContent.trim();
  return sentence(name, typed, readout.textContent.trim(), limits(readout), tr);
}

function ofField(input, typed, tr) {
  const name = input.parentElement.querySelector(".widget-label").textContent.trim();
  // Of 2.5 and 1e3 ipywidgets takes the first digits, and leaves the rest in the page.
  const taken = Number.parseInt(typed, 10);
  if (input.step === "1" && input.value === typed && taken !== Number(typed)) {
    input.value = taken;
    const values = { name, typed, kept: input.value };
    return tr("{name} must be a whole number: {typed} became {kept}", values);
  }
  const kept = Number(input.value); // where it was moved, the end that it went beyond
  return sentence(name, typed, input.value, [kept, kept], tr);
}

function say(place, words) {
  place.querySelector(":scope > .tw-corrected")?.remove(); // a new one is read out
  if (!words) return;
  const line = document.createElement("div");
  line.className = "tw-line tw-error tw-corrected";
  line.setAttribute("role", "alert");
  line.textContent = words;
  place.append(line);
}

const placeOf = (part) => part.closest(".tw-strip, .tw-fields") ?? part.closest(".tw-field");

// Heard before ipywidgets hears it, which leaves no trace of what was typed.
function hear(part, typed, words, tr) {
  setTimeout(() => {
    const told = words(part, typed, tr);
    if (told) say(placeOf(part), told);
  });
}

const ENTER = { key: "Enter", keyCode: 13, bubbles: true, cancelable: true };

function watch(card, tr) {
  let edited = null;
  const ending = new AbortController();
  const on = (type, selector, act, capture = true) => {
    const listener = (event) => event.target.matches?.(selector) && act(event.target, event);
    card.addEventListener(type, listener, { capture, signal: ending.signal });
  };
  on("input", READOUT, (readout) => (edited = readout));
  on("keydown", READOUT, (readout, { key }) => {
    if (key !== "Enter") return;
    edited = null;
    hear(readout, readout.textContent.trim(), ofReadout, tr);
  });
  on("blur", READOUT, (readout) => {
    if (edited === readout) readout.dispatchEvent(new KeyboardEvent("keydown", ENTER));
  });
  on("change", FIELD, (input) => hear(input, input.value.trim(), ofField, tr));
  const forget = (part) => placeOf(part) && say(placeOf(part), "");
  on("input", `${READOUT}, ${FIELD}`, forget, false);
  on("pointerdown", ".tw-strip *, .tw-fields *, .tw-field *", forget, false);
  return () => ending.abort();
}

function render({ model, el }) {
  return inCard(el, (card) => watch(card, translator(model)));
}

export default { render };
