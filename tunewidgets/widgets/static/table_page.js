// Goes before the run list's script: what a page does once, however many views of the list it has.
// Rows that changed arrive one by one; every view reads them from the model. The kernel draws for
// pages that are there: a page says so when it is loaded, when it is asked, and when it comes back,
// since it may have missed being asked.

const WATCH_MS = 20_000;
const SLEPT_MS = 90_000; // a hidden page's timers go off once a minute

function initialize({ model }) {
  const here = () => model.send({ kind: "here" });
  const back = () => {
    if (document.visibilityState === "visible") here();
  };
  let at = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - at > SLEPT_MS) here();
    at = Date.now();
  }, WATCH_MS);
  document.addEventListener("visibilitychange", back);
  window.addEventListener("online", here);
  const hear = (message) => {
    if (message.kind === "ask") here();
    if (message.kind !== "patch") return;
    const { revision, rows } = model.get("content");
    if (message.revision <= revision) return;
    if (message.revision > revision + 1) {
      model.send({ kind: "resend" });
      return;
    }
    const patched = rows.slice();
    for (const [position, row] of message.rows) patched[position] = row;
    model.set("content", { revision: message.revision, rows: patched });
  };
  model.on("msg:custom", hear);
  here();
  return () => {
    model.off("msg:custom", hear);
    window.removeEventListener("online", here);
    document.removeEventListener("visibilitychange", back);
    clearInterval(watch);
  };
}
