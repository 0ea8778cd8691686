// Goes before every script that says words. A script makes its translator, `tr`, of its model, and
// calls it with an English text, and with values for the fields in braces. The kernel reads what to
// translate off these calls, see `scripted.py`.

const translator = (model) => (text, values = {}) =>
  (model.get("labels")[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

