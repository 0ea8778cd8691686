// A drawing comes in one message: what it has for each widget goes to that widget's model, as if
// it had come by itself. A page that has just been loaded asks for the number of the last drawing.
// The answer comes after all that was on its way, so it tells whether one was missed. It also shows
// that the page hears: anywidget gives up on a model that takes two seconds to begin, and then all
// must come message by message.

function initialize({ model }) {
  if (!model.widget_manager?.get_model) return;
  const page = String(Math.random());
  let { revision } = model.get("told");
  const hand = async ({ id, data }, buffers) => {
    let addressee;
    try {
      addressee = await model.widget_manager.get_model(id);
    } catch {
      return; // it has been closed meanwhile
    }
    await addressee._handle_comm_msg({ content: { data }, buffers });
  };
  const draw = (parts, buffers) => {
    let first = 0;
    for (const part of parts) {
      hand(part, buffers.slice(first, first + part.n_buffers));
      first += part.n_buffers;
    }
  };
  const hear = (message, buffers) => {
    if (message.page === page) model.send({ kind: "heard" });
    if (message.revision <= revision) return;
    const known = message.kind === "drawing" ? message.revision - 1 : message.revision;
    if (revision < known) model.send({ kind: "missed" });
    revision = message.revision;
    if (message.kind === "drawing") draw(message.parts, buffers);
  };
  model.on("msg:custom", hear);
  model.send({ kind: "ask", page });
  return () => model.off("msg:custom", hear);
}

export default { initialize };
