// A row of tabs. The kernel shows the panel; this says which, by pointer or keyboard, and gives
// the panels, which follow in the page, their roles.

let made = 0;

function render({ model, el }) {
  const prefix = `tw-tab-${(made += 1)}`;
  const bar = document.createElement("div");
  bar.className = "tw-tab-bar";
  bar.setAttribute("role", "tablist");
  const tabs = model.get("titles").map((title, index) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tw-tab";
    tab.id = `${prefix}-${index}`;
    tab.textContent = title;
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => choose(index));
    return tab;
  });
  bar.append(...tabs);
  el.append(bar);

  const choose = (index) => {
    model.set("shown", index);
    model.save_changes();
  };
  const namePanels = () => {
    const panels = el.closest(".tw-tabs")?.querySelectorAll(":scope > .tw-tab-stack > .tw-tab-panel");
    panels?.forEach((panel, index) => {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tabs[index].id);
    });
  };
  const draw = () => {
    const shown = model.get("shown");
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === shown));
      tab.tabIndex = index === shown ? 0 : -1;
    });
    requestAnimationFrame(namePanels);
  };
  bar.addEventListener("keydown", (event) => {
    const [at, last] = [model.get("shown"), tabs.length - 1];
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    choose(to);
    tabs[to].focus();
    // The notebook has meanings of its own for these keys.
    event.preventDefault();
    event.stopPropagation();
  });
  draw();
  model.on("change:shown", draw);
  return () => model.off("change:shown", draw);
}

export default { render };
